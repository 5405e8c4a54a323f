"""The signing secret: generated once, kept in the data folder, readable by its owner only."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def secret_key(path: Path) -> str:
    """The secret kept at ``path``, generated on first use with mode 600.

    Safe when several processes start at once: the first to link its file in place wins.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(get_random_secret_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():  # as a copy may have it
        path.chmod(0o600)
    return path.read_text()
