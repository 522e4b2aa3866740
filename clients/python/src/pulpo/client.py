"""The sync client: for scripts, workers, Django and Flask."""

from __future__ import annotations

import inspect
import time
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

import httpx

from . import _core
from ._core import Request, RetryPolicy, Token
from ._sse import SseReader
from .errors import PulpoConfigError
from .models import InboxPage, Notification, Push, Receipt


class PulpoClient:
    """Talks to one Pulpo server. Safe to share between threads; close it, or use it with ``with``.

    :param url: address of the server; default ``PULPO_URL``.
    :param token: API token, or a function that returns a fresh token; default ``PULPO_TOKEN``.
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
        transport: Optional[httpx.BaseTransport] = None,
    ) -> None:
        self.url = _core.resolve_url(url)
        self._token = _core.resolve_token(token)
        self.retry = retry or RetryPolicy()
        self._http = httpx.Client(
            base_url=self.url, timeout=timeout, headers=_core.default_headers(), transport=transport
        )

    def __enter__(self) -> "PulpoClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # -- notifications -------------------------------------------------------------------------------------------

    def notify(
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
        return self.send(notification)

    def send(self, notification: Notification) -> Receipt:
        """Like :meth:`notify`, with the notification as one value."""
        return Receipt.from_json(self.request(_core.notify_request(notification)))

    def notify_batch(self, notifications: Sequence[Notification]) -> List[Receipt]:
        """Sends 1 to 500 notifications in one request, all or none; receipts come in the same order."""
        body = self.request(_core.batch_request(notifications))
        return [Receipt.from_json(item) for item in body["items"]]

    # -- inbox ---------------------------------------------------------------------------------------------------

    def notifications(
        self,
        *,
        unread: Optional[bool] = None,
        type: Optional[str] = None,
        limit: int = 50,
        cursor: Optional[str] = None,
    ) -> InboxPage:
        """A page of the inbox of the person who owns the token, newest first."""
        return InboxPage.from_json(self.request(_core.inbox_request(unread, type, limit, cursor)))

    def mark_read(self, notification_id: str) -> int:
        """Marks one as read; returns how many are still unread."""
        return int(self.request(_core.read_request(notification_id))["unread_count"])

    def mark_all_read(self) -> int:
        """Marks all as read; returns how many are still unread."""
        return int(self.request(_core.read_all_request())["unread_count"])

    # -- chat ----------------------------------------------------------------------------------------------------

    def send_message(
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
        return self.request(
            _core.message_request(channel_id, content, reply_to_id, attachments, client_id, confirm_mentions)
        )

    def messages(
        self,
        channel_id: str,
        *,
        before: Optional[str] = None,
        after: Optional[str] = None,
        limit: int = 50,
    ) -> List[Dict[str, Any]]:
        """Messages of a channel (token scope ``chat.read``): newest first, with ``after`` oldest first."""
        page = self.request(_core.messages_request(channel_id, before, after, limit))
        return list(page["items"])

    # -- live ----------------------------------------------------------------------------------------------------

    def sse(self, channels: Sequence[str], *, last_event_id: Optional[str] = None) -> Iterator[Push]:
        """Pushes over Server-Sent Events, for ever: reconnects with back-off and resumes with ``Last-Event-ID``.

        :raises PulpoAPIError: when the server refuses (wrong token, forbidden channel).
        """
        reader = SseReader(channels, last_event_id)
        while True:
            try:
                with self._http.stream("GET", "/sse", **reader.request(self._bearer())) as response:
                    if response.status_code >= 400:
                        response.read()
                    reader.opened(response)
                    for chunk in response.iter_bytes():
                        for push in reader.feed(chunk):
                            yield push
            except httpx.HTTPError as error:
                reader.broken(error)
            time.sleep(reader.delay())

    # -- transport -----------------------------------------------------------------------------------------------

    def _bearer(self) -> str:
        token = self._token() if callable(self._token) else self._token
        if inspect.isawaitable(token):
            raise PulpoConfigError("The sync client needs a token provider that is not async.")
        return token

    def request(self, request: Request) -> Any:
        """Sends a request with retries; returns the JSON object of the answer.

        :raises PulpoError: after the last attempt.
        """
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            headers = {**request.headers, "Authorization": f"Bearer {self._bearer()}"}
            try:
                response = self._http.request(
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
            time.sleep(delay)
