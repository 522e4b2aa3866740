"""The tests talk to a running server: PULPO_TEST_URL and PULPO_TEST_TOKEN (an API token with the scopes notify,
notifications.read, chat.read, chat.send and chat.channels.create) must be set. `deno task test tests/notifications/clients_test.ts` starts one and sets them."""

from __future__ import annotations

import asyncio
import os
import uuid
from typing import Awaitable, Callable, List, Optional, Set
from urllib.parse import urlsplit

import pytest


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.exit(f"{name} must be set: the tests need a running server", returncode=4)
    return value


@pytest.fixture(scope="session")
def url() -> str:
    return _required("PULPO_TEST_URL").rstrip("/")


@pytest.fixture(scope="session")
def token() -> str:
    return _required("PULPO_TEST_TOKEN")


@pytest.fixture
def channel() -> str:
    """A channel of its own for each test."""
    return f"notify:py-{uuid.uuid4().hex[:12]}"


class Proxy:
    """A TCP proxy before the server whose connections can be cut, as a bad network would."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._writers: Set[asyncio.StreamWriter] = set()
        self._server: Optional[asyncio.AbstractServer] = None
        self.connections = 0
        #: While False, new connections are closed at once.
        self.accepting = True

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Breaks all connections without a goodbye."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.accepting:
            writer.transport.abort()
            return
        self.connections += 1
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, up_writer}
        await asyncio.gather(self._pump(reader, up_writer), self._pump(up_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                data = await reader.read(65536)
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


async def until(condition: Callable[[], object], timeout: float = 20.0) -> None:
    """Waits on a condition; fails when it does not come true in time."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "the condition did not come true"
        await asyncio.sleep(0.01)


async def within(work: Awaitable[object], timeout: float = 30.0) -> object:
    return await asyncio.wait_for(work, timeout)


def messages(pushes: List[object]) -> List[object]:
    return [push.message for push in pushes]  # type: ignore[attr-defined]
