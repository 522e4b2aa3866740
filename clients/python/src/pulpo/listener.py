"""A WebSocket subscription that survives broken connections, restarts and expiring tokens.

What holds: within a channel, pushes come in order, each once, none missing while the server still has it (72 hours by
default). A push counts as processed when the loop asks for the next one; ``positions`` says where that is, so a program
that stores it and passes it back after a crash sees again only what it had not finished.
"""

from __future__ import annotations

import asyncio
import json
import logging
from types import TracebackType
from typing import Any, AsyncGenerator, AsyncIterator, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, Type

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ._core import RetryPolicy, default_headers
from .errors import AuthenticationError, PermissionDeniedError, PulpoConnectionError, error_for
from .models import Position, Push

log = logging.getLogger("pulpo")

#: Forever, but never more than 30 s between two attempts.
BACKOFF = RetryPolicy(base=0.5, cap=30.0)
#: Batches are at most as large as the server's send queue.
MAX_FRAME_BYTES = 64 * 1024 * 1024
#: Seconds to wait for the answer to `subscribe`.
ACK_TIMEOUT = 15.0
CHANNELS_PER_FRAME = 500

CLOSE_UNAUTHENTICATED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_REPLACED = 4409


class Listener:
    """Made by :meth:`AsyncPulpoClient.listen`; iterate it once.

    :param positions: where to resume, as ``listener.positions`` gave it earlier. Without it only new pushes come.
    :param on_gap: called with a channel whose missed pushes are too old to be recovered: fetch a snapshot.
    :param on_state: called with ``connecting``, ``connected``, ``waiting`` and ``closed``.

    Iterating raises :class:`AuthenticationError` when the token is refused (with a token provider: refused twice in a
    row) and :class:`PermissionDeniedError` when a channel may not be read (any more). Everything else is tried again, for ever.
    """

    def __init__(
        self,
        url: str,
        bearer: Callable[[], Awaitable[str]],
        channels: Sequence[str],
        *,
        renewable: bool = False,
        positions: Optional[Mapping[str, Position]] = None,
        on_gap: Optional[Callable[[str], None]] = None,
        on_state: Optional[Callable[[str], None]] = None,
        backoff: RetryPolicy = BACKOFF,
    ) -> None:
        if not channels:
            raise ValueError("name at least one channel")
        self.channels: List[str] = list(dict.fromkeys(channels))
        self.state = "closed"
        self._url = url
        self._bearer = bearer
        self._renewable = renewable
        self._positions: Dict[str, Position] = dict(positions or {})
        self._asked: Dict[str, str] = {}  # canonical name -> the name asked for
        self._on_gap = on_gap
        self._on_state = on_state
        self._backoff = backoff
        self._iterator: Optional[AsyncGenerator[Push, None]] = None

    @property
    def positions(self) -> Dict[str, Position]:
        """Where each channel stands, by the name that was asked for: after everything processed."""
        return dict(self._positions)

    def __aiter__(self) -> AsyncIterator[Push]:
        if self._iterator is None:
            self._iterator = self._run()
        return self._iterator

    async def __aenter__(self) -> "Listener":
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the iteration and closes the socket."""
        if self._iterator is not None:
            await self._iterator.aclose()

    def _set_state(self, state: str) -> None:
        if state == self.state:
            return
        self.state = state
        if self._on_state:
            self._on_state(state)

    async def _run(self) -> AsyncGenerator[Push, None]:
        failures = refused = 0
        try:
            while True:
                self._set_state("connecting")
                try:
                    async with connect(
                        self._url,
                        additional_headers={"Authorization": f"Bearer {await self._bearer()}"},
                        user_agent_header=default_headers()["User-Agent"],
                        max_size=MAX_FRAME_BYTES,
                        compression=None,
                        open_timeout=10,
                        close_timeout=1,
                    ) as socket:
                        early = await self._subscribe(socket)
                        failures = refused = 0
                        self._set_state("connected")
                        for frame in early:
                            async for push in self._handle(socket, frame):
                                yield push
                        while True:
                            for frame in _frames(await socket.recv()):
                                async for push in self._handle(socket, frame):
                                    yield push
                except (ConnectionClosed, InvalidHandshake, OSError, asyncio.TimeoutError, PulpoConnectionError) as error:
                    if _is_unauthenticated(error):
                        refused += 1
                        if not self._renewable or refused > 1:
                            raise AuthenticationError(401, "unauthenticated", "The server refused the token.") from error
                    _raise_if_final(error)
                    failures += 1
                    delay = self._backoff.delay(failures)
                    log.info("pulpo: connection lost (%s), again in %.1f s", error, delay)
                self._set_state("waiting")
                await asyncio.sleep(delay)
        finally:
            self._set_state("closed")

    async def _subscribe(self, socket: ClientConnection) -> List[Dict[str, Any]]:
        """Subscribes to everything; returns frames that came in between the answers."""
        others: List[Dict[str, Any]] = []
        for start in range(0, len(self.channels), CHANNELS_PER_FRAME):
            part = self.channels[start : start + CHANNELS_PER_FRAME]
            since = {name: self._positions[name].to_json() for name in part if name in self._positions}
            frame: Dict[str, Any] = {"type": "subscribe", "id": f"s{start}", "channels": part}
            if since:
                frame["since"] = since
            await socket.send(json.dumps(frame))
            ack: Optional[Dict[str, Any]] = None
            while ack is None:
                for answer in _frames(await asyncio.wait_for(socket.recv(), ACK_TIMEOUT)):
                    if answer.get("id") == frame["id"] and answer.get("type") in ("ack", "error"):
                        ack = answer
                    else:
                        others.append(answer)
            if ack["type"] == "error":
                raise error_for(429 if ack["code"].startswith("too_many") else 400, _problem(ack))
            self._subscribed(ack["data"], since)
        return others

    def _subscribed(self, data: Mapping[str, Any], since: Mapping[str, Any]) -> None:
        for name, code in (data.get("denied") or {}).items():
            raise PermissionDeniedError(403, code, f"You may not read the channel {name!r}.")
        for name, channel in data["channels"].items():
            self._asked[channel.get("channel") or name] = name
            if name in since and channel["recovered"]:
                continue  # what was missed follows as pushes
            self._positions[name] = Position(channel["epoch"], channel["offset"])
            if name in since:
                log.warning("pulpo: pushes of %s were missed and are too old to be recovered", name)
                if self._on_gap:
                    self._on_gap(name)

    async def _handle(self, socket: ClientConnection, frame: Dict[str, Any]) -> AsyncGenerator[Push, None]:
        if "channel" not in frame:
            if frame.get("type") == "token_expiring" and self._renewable:
                await socket.send(json.dumps({"type": "auth", "id": "auth", "token": await self._bearer()}))
            elif frame.get("type") == "error" and frame.get("id") is None:
                # Not an answer to a frame of ours: the right to read a channel has been withdrawn.
                raise PermissionDeniedError(403, str(frame.get("code")), str(frame.get("message")))
            return
        push = Push.from_json(frame)
        name = self._asked.get(push.channel, push.channel)
        if push.offset is None or push.epoch is None:
            yield push
            return
        last = self._positions.get(name)
        if last is not None and last.epoch == push.epoch and push.offset <= last.offset:
            return  # seen before the reconnect
        yield push
        self._positions[name] = Position(push.epoch, push.offset)


def _frames(message: Any) -> List[Dict[str, Any]]:
    body = json.loads(message)
    return body if isinstance(body, list) else [body]


def _problem(frame: Mapping[str, Any]) -> Dict[str, Any]:
    return {"code": frame.get("code"), "detail": frame.get("message")}


def _close_code(error: BaseException) -> Optional[int]:
    if isinstance(error, ConnectionClosed) and error.rcvd is not None:
        return error.rcvd.code
    return None


def _status(error: BaseException) -> Optional[int]:
    return error.response.status_code if isinstance(error, InvalidStatus) else None


def _is_unauthenticated(error: BaseException) -> bool:
    return _close_code(error) == CLOSE_UNAUTHENTICATED or _status(error) == 401


def _raise_if_final(error: BaseException) -> None:
    """Raises what trying again cannot mend."""
    code, status = _close_code(error), _status(error)
    if code == CLOSE_FORBIDDEN or status == 403:
        raise PermissionDeniedError(403, "forbidden", "The server refused the connection.") from error
    if code == CLOSE_REPLACED:
        raise PulpoConnectionError("Another connection took the place of this one.") from error
    if status is not None and status not in (401, 408, 425, 429) and status < 500:
        raise error_for(status, {"detail": "This is not the WebSocket of a Pulpo server."}) from error
