"""The spaCy pipeline that finds attributions: knows nothing of Django and can be used alone."""

import os

# ONNX Runtime sends usage data to its maker unless this is set before its first import. It is
# imported in this package only, so that all who load a network come by here first.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
