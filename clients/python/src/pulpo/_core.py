"""What the sync and the async client share: settings, requests as values, and the decision to try again.

A request is only sent again when that is harmless: reads; writes that come to the same twice; and notifications, which
carry a ``dedupe_key`` that the server stores in the same transaction as the notification, so that it does the work once
however often it arrives, even across a crash. Everything else is only sent again when the server cannot have worked on
it. The number of attempts and the whole time are bounded; waits grow exponentially with full jitter and never undercut
``Retry-After``.
"""

from __future__ import annotations

import os
import random
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, Union
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from .errors import (
    PulpoConfigError,
    PulpoConnectionError,
    PulpoError,
    PulpoTimeoutError,
    error_from_response,
)
from .models import Notification

BASE = "/api/v1"
#: The most notifications in one batch.
MAX_BATCH = 500
VERSION = "0.1.0"

TokenProvider = Callable[[], Union[str, Awaitable[str]]]
Token = Union[str, TokenProvider]

_RETRY_STATUS = frozenset({408, 425, 429, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long to try.

    ``attempts`` counts the first one; ``base`` and ``cap`` bound one wait in seconds; ``total`` bounds everything,
    waits and requests together.
    """

    attempts: int = 5
    base: float = 0.2
    cap: float = 10.0
    total: float = 30.0

    def delay(self, attempt: int, retry_after: Optional[float] = None) -> float:
        """Seconds to wait after failed attempt number ``attempt`` (1, 2, ...): full jitter, at least Retry-After."""
        ceiling = min(self.cap, self.base * (2 ** min(attempt - 1, 30)))
        return max(random.uniform(0, ceiling), retry_after or 0.0)


@dataclass(frozen=True)
class Request:
    """One HTTP request, independent of the client that sends it. It may be sent several times."""

    method: str
    path: str
    json: Any = None
    params: Optional[Mapping[str, Any]] = None
    headers: Dict[str, str] = field(default_factory=dict)
    #: The request itself makes sure that a second time does no harm.
    repeatable: bool = False

    @property
    def resendable(self) -> bool:
        return self.repeatable or self.method in ("GET", "HEAD", "DELETE", "PUT") or "Idempotency-Key" in self.headers


def resolve_url(url: Optional[str]) -> str:
    """The server's address without a slash at the end: the argument, else ``PULPO_URL``."""
    value = (url or os.environ.get("PULPO_URL") or "").rstrip("/")
    if not value:
        raise PulpoConfigError("Set PULPO_URL (such as http://localhost:8080) or pass url=...")
    if urlsplit(value).scheme not in ("http", "https"):
        raise PulpoConfigError(f"PULPO_URL must start with http:// or https://, not {value!r}")
    return value


def resolve_token(token: Optional[Token]) -> Token:
    """The token or token provider: the argument, else ``PULPO_TOKEN``."""
    value = token or os.environ.get("PULPO_TOKEN") or ""
    if not value:
        raise PulpoConfigError("Set PULPO_TOKEN (an API token, pulpo_...) or pass token=...")
    return value


def websocket_url(url: str) -> str:
    """The address of the WebSocket, with batching asked for."""
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/ws", "batch=1", ""))


def default_headers() -> Dict[str, str]:
    return {"Accept": "application/json", "User-Agent": f"pulpo-python/{VERSION}"}


def _with_dedupe_key(notification: Notification) -> Notification:
    """A key of its own for each durable notification, so that a resend is harmless even across a server crash."""
    if notification.dedupe_key is not None or notification.persist is False:
        return notification
    return replace(notification, dedupe_key=f"py-{uuid.uuid4().hex}")


def notify_request(notification: Notification) -> Request:
    keyed = _with_dedupe_key(notification)
    return Request("POST", f"{BASE}/notify", json=keyed.to_json(), repeatable=keyed.dedupe_key is not None)


def batch_request(notifications: Sequence[Notification]) -> Request:
    if not 1 <= len(notifications) <= MAX_BATCH:
        raise ValueError(f"a batch holds 1 to {MAX_BATCH} notifications, not {len(notifications)}")
    keyed = [_with_dedupe_key(n) for n in notifications]
    items: List[Dict[str, Any]] = [n.to_json() for n in keyed]
    repeatable = all(n.dedupe_key is not None for n in keyed)
    return Request("POST", f"{BASE}/notify", json={"notifications": items}, repeatable=repeatable)


def inbox_request(unread: Optional[bool], type: Optional[str], limit: int, cursor: Optional[str]) -> Request:
    params: Dict[str, Any] = {"limit": limit}
    if unread is not None:
        params["unread"] = "true" if unread else "false"
    if type is not None:
        params["type"] = type
    if cursor is not None:
        params["cursor"] = cursor
    return Request("GET", f"{BASE}/notifications", params=params)


def read_request(notification_id: str) -> Request:
    return Request("POST", f"{BASE}/notifications/{quote(notification_id, safe='')}/read", json={}, repeatable=True)


def read_all_request() -> Request:
    # Not repeatable: what arrives between two attempts would be marked unseen.
    return Request("POST", f"{BASE}/notifications/read-all", json={})


def message_request(
    channel_id: str,
    content: str,
    reply_to_id: Optional[str],
    attachments: Sequence[str],
    client_id: Optional[str],
    confirm_mentions: bool,
) -> Request:
    """A chat message. Its ``client_id`` makes a second sending harmless, so there is always one."""
    body: Dict[str, Any] = {"content": content, "client_id": client_id or f"py-{uuid.uuid4().hex}"}
    if reply_to_id is not None:
        body["reply_to_id"] = reply_to_id
    if attachments:
        body["attachments"] = list(attachments)
    if confirm_mentions:
        body["confirm_mentions"] = True
    return Request("POST", f"{BASE}/channels/{quote(channel_id, safe='')}/messages", json=body, repeatable=True)


def messages_request(channel_id: str, before: Optional[str], after: Optional[str], limit: int) -> Request:
    params: Dict[str, Any] = {"limit": limit}
    if before is not None:
        params["before"] = before
    if after is not None:
        params["after"] = after
    return Request("GET", f"{BASE}/channels/{quote(channel_id, safe='')}/messages", params=params)


def json_body(response: httpx.Response) -> Dict[str, Any]:
    """The JSON object of a good answer. @raises PulpoAPIError for any other answer."""
    if response.status_code >= 400:
        raise error_from_response(response)
    if response.status_code == 204 or not response.content:
        return {}
    try:
        body = response.json()
    except ValueError as error:
        raise PulpoConnectionError("The answer is not JSON: is PULPO_URL the address of a Pulpo server?") from error
    if not isinstance(body, dict):
        raise PulpoConnectionError("The answer is not a JSON object: is PULPO_URL the address of a Pulpo server?")
    return body


def transport_error(error: httpx.HTTPError) -> PulpoError:
    """Our error for one of httpx's."""
    kind = PulpoTimeoutError if isinstance(error, httpx.TimeoutException) else PulpoConnectionError
    mine = kind(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    mine.__cause__ = error
    return mine


def wait_before_retry(
    policy: RetryPolicy,
    request: Request,
    attempt: int,
    elapsed: float,
    outcome: Union[httpx.Response, httpx.HTTPError],
) -> Optional[float]:
    """Seconds to wait before sending the request again, or None when this outcome is final."""
    retry_after: Optional[float] = None
    if isinstance(outcome, httpx.Response):
        if outcome.status_code < 400:
            return None
        error = error_from_response(outcome)
        retry_after = error.retry_after
        if outcome.status_code not in _RETRY_STATUS and error.code != "idempotency_in_progress":
            return None
        untouched = outcome.status_code == 429
    elif isinstance(outcome, (httpx.UnsupportedProtocol, httpx.TooManyRedirects)):
        return None
    else:
        untouched = isinstance(outcome, (httpx.ConnectError, httpx.ConnectTimeout))
    if attempt >= policy.attempts or not (untouched or request.resendable):
        return None
    delay = policy.delay(attempt, retry_after)
    return delay if elapsed + delay < policy.total else None
