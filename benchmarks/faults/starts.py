"""Ctrl-C at any moment of a first start, and the start after it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faults.site import ROOT, free_port

MOMENTS = (0.1, 0.4, 0.8, 1.2, 1.8, 2.5, 3.5, 5.0, 7.0, 10.0)
"""Seconds after the start."""
PATIENCE = 180.0


def interrupted_starts() -> tuple[int, list[str]]:
    """Interrupt ``quickstart`` ten times over one data folder; then let it open.

    Return how many starts there were and what was wrong.
    """
    wrong = []
    with tempfile.TemporaryDirectory(
        prefix="accordingto-starts-", ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)
        data_dir = Path(folder) / "data"
        for moment in MOMENTS:
            process = _start(data_dir)
            time.sleep(moment)
            process.send_signal(signal.SIGINT)
            output = process.communicate(timeout=PATIENCE)[0]
            wrong += [f"after {moment} s: {each}" for each in _wrong(data_dir, output)]
        process = _start(data_dir)
        opened = any("The desk is open" in line for line in process.stdout or ())
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=PATIENCE)[0]
        wrong += _wrong(data_dir, output) if opened else ["the last start did not open"]
    return len(MOMENTS) + 1, wrong


def _start(data_dir: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"ACCORDINGTO_DATA": str(data_dir), "EXTRACTOR": "rules"}
    for name in ("DATABASE_URL", "ACCORDINGTO_LOCAL"):
        environment.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "manage.py", "quickstart", f"--port={free_port()}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wrong(data_dir: Path, output: str) -> list[str]:
    found = [f"left running: {line}" for line in _running(data_dir)]
    if "Traceback" in output:
        found.append(re.sub(r"\s+", " ", output[output.index("Traceback") :])[-300:])
    return found


def _running(data_dir: Path) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(data_dir) in b"".join(told) and int(folder.name) != os.getpid():
            found.append(told[0].replace(b"\0", b" ").decode(errors="replace"))
    return found
