"""Files on their way in, kept in the database in pieces: the worker may be on another host."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from articles.ingest.copying import copy_rows
from articles.models import Import, ImportChunk

CHUNK = 2**20
"""Bytes of a piece of a file that is not in memory anyway."""


def keep(upload: Import, pieces: Iterable[bytes]) -> None:
    """Keep the file, given in pieces that memory holds."""
    rows = ((upload.pk, index, piece) for index, piece in enumerate(pieces))
    copy_rows(ImportChunk, ("of", "index", "data"), rows)


@contextmanager
def kept(upload: Import) -> Iterator[IO[bytes]]:
    """The file that was kept, as a temporary one."""
    with tempfile.TemporaryFile() as file:
        pieces = upload.chunks.order_by("index").values_list("data", flat=True)
        for piece in pieces.iterator(chunk_size=1):
            file.write(piece)
        file.seek(0)
        yield file
