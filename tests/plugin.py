"""What has to be so before the settings are read: a data folder of this test run alone.

Loaded by `-p tests.plugin` (pyproject.toml), because pytest-django reads the settings before any
conftest.py. The folder is removed at the end.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import accordingto  # noqa: F401 - turns off the telemetry of what tests import

DATA_DIR = Path(tempfile.mkdtemp(prefix="accordingto tests "))
# The embedded server's account must be able to walk through; what lies inside is closed by itself.
DATA_DIR.chmod(0o711)

os.environ["ACCORDINGTO_DATA"] = str(DATA_DIR)
os.environ["ACCORDINGTO_LOCAL"] = "1"

atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
