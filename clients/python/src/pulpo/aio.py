"""The async client: for FastAPI, Starlette and every asyncio program."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import Any, AsyncIterator, Callable, Dict, List, Mapping, Optional, Sequence

import httpx

from . import _core
from ._core import Request, RetryPolicy, Token
from ._sse import SseReader
from .listener import Listener
from .models import InboxPage, Notification, Position, Push, Receipt


class AsyncPulpoClient:
    """Talks to one Pulpo server from one event loop. Close it, or use it with ``async with``.

    :param url: address of the server; default ``PULPO_URL``.
    :param token: API token, or a function (plain or async) that returns a fresh token; default ``PULPO_TOKEN``.
        A function is called for every request, every connection and 60 s before an access token ends.
    :param timeout: seconds for one attempt (connect, send and read each).
    :param retry: how often and how long to try; see :class:`RetryPolicy`.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[Token] = None,
        *,
        timeout: float = 10.0,
        retry: Optional[RetryPolicy] = None,
        transport: Optional[httpx.AsyncBaseTransport] = None,
    ) -> None:
        self.url = _core.resolve_url(url)
        self._token = _core.resolve_token(token)
        self.retry = retry or RetryPolicy()
        self._http = httpx.AsyncClient(
            base_url=self.url, timeout=timeout, headers=_core.default_headers(), transport=transport
        )

    async def __aenter__(self) -> "AsyncPulpoClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections of requests; listeners are closed by whoever iterates them."""
        await self._http.aclose()

    # -- notifications -------------------------------------------------------------------------------------------

    async def notify(
        self,
        type: str,
        message: str,
        data: Optional[Mapping[str, Any]] = None,
        *,
        channel: Optional[str] = None,
        user_ids: Optional[Sequence[str]] = None,
        persist: Optional[bool] = None,
        dedupe_key: Optional[str] = None,
    ) -> Receipt:
        """Sends one notification; returns when the server has stored it.

        :raises PulpoError: after the last attempt; see :mod:`pulpo.errors`.
        """
        notification = Notification(type, message, data, channel, user_ids, persist, dedupe_key)
        return await self.send(notification)

    async def send(self, notification: Notification) -> Receipt:
        """Like :meth:`notify`, with the notification as one value."""
        return Receipt.from_json(await self.request(_core.notify_request(notification)))

    async def notify_batch(self, notifications: Sequence[Notification]) -> List[Receipt]:
        """Sends 1 to 500 notifications in one request, all or none; receipts come in the same order."""
        body = await self.request(_core.batch_request(notifications))
        return [Receipt.from_json(item) for item in body["items"]]

    # -- inbox ---------------------------------------------------------------------------------------------------

    async def notifications(
        self,
        *,
        unread: Optional[bool] = None,
        type: Optional[str] = None,
        limit: int = 50,
        cursor: Optional[str] = None,
    ) -> InboxPage:
        """A page of the inbox of the person who owns the token, newest first."""
        return InboxPage.from_json(await self.request(_core.inbox_request(unread, type, limit, cursor)))

    async def mark_read(self, notification_id: str) -> int:
        """Marks one as read; returns how many are still unread."""
        return int((await self.request(_core.read_request(notification_id)))["unread_count"])

    async def mark_all_read(self) -> int:
        """Marks all as read; returns how many are still unread."""
        return int((await self.request(_core.read_all_request()))["unread_count"])

    # -- chat ----------------------------------------------------------------------------------------------------

    async def send_message(
        self,
        channel_id: str,
        content: str,
        *,
        reply_to_id: Optional[str] = None,
        attachments: Sequence[str] = (),
        client_id: Optional[str] = None,
        confirm_mentions: bool = False,
    ) -> Dict[str, Any]:
        """Writes in a chat channel (token scope ``chat.send``); returns the message once it is stored.

        :param client_id: the same id again in the channel answers the first message and sends nothing.
        :param confirm_mentions: needed for ``@channel`` and ``@here`` that reach many people.
        """
        return await self.request(
            _core.message_request(channel_id, content, reply_to_id, attachments, client_id, confirm_mentions)
        )

    async def messages(
        self,
        channel_id: str,
        *,
        before: Optional[str] = None,
        after: Optional[str] = None,
        limit: int = 50,
    ) -> List[Dict[str, Any]]:
        """Messages of a channel (token scope ``chat.read``): newest first, with ``after`` oldest first."""
        page = await self.request(_core.messages_request(channel_id, before, after, limit))
        return list(page["items"])

    # -- live ----------------------------------------------------------------------------------------------------

    def listen(
        self,
        channels: Sequence[str],
        *,
        positions: Optional[Mapping[str, Position]] = None,
        on_gap: Optional[Callable[[str], None]] = None,
        on_state: Optional[Callable[[str], None]] = None,
    ) -> Listener:
        """Pushes over WebSocket, for ever::

            async for push in client.listen(["broadcast", "user:me:notifications"]):
                print(push.type, push.message)

        A broken connection is opened again with jittered back-off and resumes where it stood: nothing is lost or
        repeated while the server still has the events. See :class:`Listener` for what the arguments mean.
        """
        return Listener(
            _core.websocket_url(self.url),
            self._bearer,
            channels,
            renewable=callable(self._token),
            positions=positions,
            on_gap=on_gap,
            on_state=on_state,
        )

    async def sse(self, channels: Sequence[str], *, last_event_id: Optional[str] = None) -> AsyncIterator[Push]:
        """Pushes over Server-Sent Events, for ever: reconnects with back-off and resumes with ``Last-Event-ID``.

        :raises PulpoAPIError: when the server refuses (wrong token, forbidden channel).
        """
        reader = SseReader(channels, last_event_id)
        while True:
            try:
                async with self._http.stream("GET", "/sse", **reader.request(await self._bearer())) as response:
                    if response.status_code >= 400:
                        await response.aread()
                    reader.opened(response)
                    async for chunk in response.aiter_bytes():
                        for push in reader.feed(chunk):
                            yield push
            except httpx.HTTPError as error:
                reader.broken(error)
            await asyncio.sleep(reader.delay())

    # -- transport -----------------------------------------------------------------------------------------------

    async def _bearer(self) -> str:
        token = self._token() if callable(self._token) else self._token
        if inspect.isawaitable(token):
            token = await token
        return token

    async def request(self, request: Request) -> Any:
        """Sends a request with retries; returns the JSON object of the answer.

        :raises PulpoError: after the last attempt.
        """
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            headers = {**request.headers, "Authorization": f"Bearer {await self._bearer()}"}
            try:
                response = await self._http.request(
                    request.method,
                    request.path,
                    json=request.json,
                    params=request.params,
                    headers=headers,
                )
            except httpx.HTTPError as error:
                delay = _core.wait_before_retry(self.retry, request, attempt, time.monotonic() - started, error)
                if delay is None:
                    raise _core.transport_error(error) from error
            else:
                delay = _core.wait_before_retry(self.retry, request, attempt, time.monotonic() - started, response)
                if delay is None:
                    return _core.json_body(response)
            await asyncio.sleep(delay)
