"""The network between the site and its database: it can be cut, held up and slowed down."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

CHUNK = 1 << 16


class Network:
    """Passes what comes to ``port`` on to another port of this machine."""

    def __init__(self, port: int, to: int) -> None:
        self.port = port
        self._to = to
        self._delay = 0.0
        self._flows = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._do(self._restore())

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._do(self._cut())

    def hold(self) -> None:
        """Let nothing through any more; connections stay open, and new ones are taken."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def slow(self, seconds: float) -> None:
        """Delay every packet."""
        self._delay = seconds

    def restore(self) -> None:
        """As it was at first."""
        self._delay = 0.0
        self._do(self._restore())

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(60)

    async def _restore(self) -> None:
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        self._open -= {writer, back}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self._flows.wait()
                await asyncio.sleep(self._delay)
                writer.write(chunk)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()
