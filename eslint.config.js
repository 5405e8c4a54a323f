// Correctness only: how the code looks is prettier's.

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "consistent-return": "error",
      "default-case": "error",
      eqeqeq: "error",
      "no-shadow": ["error", { hoist: "never" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["static/js/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/*.mjs"], languageOptions: { globals: globals.node } },
];
