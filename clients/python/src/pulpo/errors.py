"""Errors that the client raises.

Everything derives from :class:`PulpoError`. What the server refused is a :class:`PulpoAPIError` made from its
``application/problem+json`` answer; branch on ``code``, which is stable, and show ``detail`` to people.
"""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Dict, List, Mapping, Optional, Type

import httpx


class PulpoError(Exception):
    """Base of all errors of this package."""


class PulpoConfigError(PulpoError):
    """A setting is missing or wrong (``PULPO_URL``, ``PULPO_TOKEN``)."""


class PulpoConnectionError(PulpoError):
    """The server could not be reached, or the connection broke; ``__cause__`` has the reason."""


class PulpoTimeoutError(PulpoConnectionError):
    """No answer in time."""


class PulpoAPIError(PulpoError):
    """The server answered with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        request_id: Optional[str] = None,
        errors: Optional[List[Dict[str, str]]] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        #: Stable snake_case word such as ``validation_failed``.
        self.code = code
        #: One sentence for a person.
        self.detail = detail
        #: Finds the request in the server's log.
        self.request_id = request_id
        #: Per field: ``{"path": "notifications.3.type", "message": "..."}``.
        self.errors = errors or []
        #: Seconds after which a retry makes sense, when the server said so.
        self.retry_after = retry_after


class AuthenticationError(PulpoAPIError):
    """401: the token is missing, wrong, expired or revoked."""


class PermissionDeniedError(PulpoAPIError):
    """403: the token may not do this."""


class NotFoundError(PulpoAPIError):
    """404."""


class ConflictError(PulpoAPIError):
    """409."""


class TooLargeError(PulpoAPIError):
    """413: the body or frame is over the server's limit."""


class ValidationError(PulpoAPIError):
    """400 or 422: the input is wrong; ``errors`` says where."""


class RateLimitedError(PulpoAPIError):
    """429: too many requests; ``retry_after`` says how long to wait."""


class ServerError(PulpoAPIError):
    """5xx."""


_BY_STATUS: Dict[int, Type[PulpoAPIError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
    422: ValidationError,
    429: RateLimitedError,
}


def parse_retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds of a ``Retry-After`` header (a number or an HTTP date); None when absent or unreadable."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())


def error_for(status: int, body: Mapping[str, Any], headers: Optional[Mapping[str, str]] = None) -> PulpoAPIError:
    """The typed error of a problem+json body."""
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else PulpoAPIError)
    headers = headers or {}
    return kind(
        status,
        str(body.get("code") or f"http_{status}"),
        str(body.get("detail") or body.get("title") or f"HTTP status {status}"),
        request_id=body.get("request_id") or headers.get("x-request-id"),
        errors=body.get("errors"),
        retry_after=parse_retry_after(headers.get("retry-after")),
    )


def error_from_response(response: httpx.Response) -> PulpoAPIError:
    """The typed error of an HTTP answer that was read completely."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    return error_for(response.status_code, body if isinstance(body, dict) else {}, response.headers)
