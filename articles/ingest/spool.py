"""Files on their way in, kept in the database in pieces: the worker may be on another host."""

import io
from collections.abc import Iterable

from articles.ingest.copying import copy_rows
from articles.models import Import, ImportChunk

CHUNK = 2**20
"""Bytes of a piece: what is held in memory of a file."""


def keep(upload: Import, pieces: Iterable[bytes]) -> None:
    """Keep the file, given in pieces of CHUNK bytes, of which the last may be shorter."""
    rows = ((upload.pk, index, piece) for index, piece in enumerate(pieces))
    copy_rows(ImportChunk, ("of", "index", "data"), rows)


def kept(upload: Import) -> io.BufferedReader:
    """The file that was kept; ``tell`` says how much of it is read."""
    return io.BufferedReader(_Kept(upload))


class _Kept(io.RawIOBase):
    """Reads one piece after another."""

    def __init__(self, upload: Import) -> None:
        self._upload = upload
        self._position = 0
        self._index = -1
        self._piece = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._upload.size}
        self._position = base[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        index, start = divmod(self._position, CHUNK)
        if index != self._index:
            found = ImportChunk.objects.filter(of=self._upload, index=index)
            self._piece = bytes(found.values_list("data", flat=True).first() or b"")
            self._index = index
        read = self._piece[start : start + len(buffer)]
        buffer[: len(read)] = read
        self._position += len(read)
        return len(read)
