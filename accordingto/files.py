"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to, which takes its place when the block has ended.

    It is an empty file that only its owner may read, as ``path`` is then: what is written like this
    are texts, labels and all that a site has.
    Where the block raises, or removes the draft, ``path`` stays as it was. Raise OSError where the
    draft cannot take its place.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.unlink(missing_ok=True)  # a killed process of this number may have left one
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        if draft.exists():
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
