// The page that names a source: its name field offers names.

import { setUp } from "./combobox.js";

for (const input of document.querySelectorAll("input[data-names]")) setUp(input);
