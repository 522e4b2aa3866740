"""Server-Sent Events without I/O: request, parser, resume and back-off for both clients.

The parser splits lines at LF, CR and CRLF only, as the HTML standard says; ``iter_lines`` of httpx also splits at
U+2028 and others, which may stand inside JSON.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import httpx

from ._core import RetryPolicy
from .errors import PermissionDeniedError, error_from_response
from .models import Push

#: Forever, but never more than 30 s between two attempts.
BACKOFF = RetryPolicy(base=0.5, cap=30.0)
#: The server sends something at least every 25 s.
_TIMEOUT = httpx.Timeout(10.0, read=60.0)
#: A CR at the very end waits: its LF may come with the next chunk.
_LINE_END = re.compile(r"\r\n|\n|\r(?!$)")


class SseReader:
    """State of one endless subscription over many connections."""

    def __init__(self, channels: Sequence[str], last_event_id: Optional[str] = None) -> None:
        self.channels = list(channels)
        #: Resume position after everything the caller has processed.
        self.last_event_id = last_event_id
        self._failures = 0
        self._retry_after: Optional[float] = None
        self._seen: Dict[str, Tuple[str, int]] = {}
        self._reset_parser()

    def _reset_parser(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._buffer = ""
        self._event = ""
        self._data: List[str] = []
        self._id: Optional[str] = None

    def request(self, token: str) -> Dict[str, Any]:
        """Arguments for httpx's ``stream``."""
        self._reset_parser()
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        return {"params": {"channels": ",".join(self.channels)}, "headers": headers, "timeout": _TIMEOUT}

    def opened(self, response: httpx.Response) -> None:
        """Checks the answer. :raises PulpoAPIError: when asking again cannot help."""
        if response.status_code < 400:
            return
        error = error_from_response(response)
        if response.status_code in (408, 425, 429, 502, 503, 504):
            self._retry_after = error.retry_after
            raise httpx.RemoteProtocolError(str(error))
        raise error

    def broken(self, _error: httpx.HTTPError) -> None:
        """The connection failed."""
        self._failures += 1

    def delay(self) -> float:
        """Seconds to wait before connecting again."""
        retry_after, self._retry_after = self._retry_after, None
        return BACKOFF.delay(max(1, self._failures), retry_after)

    def feed(self, chunk: bytes) -> Iterator[Push]:
        """Pushes that became complete with this chunk. Each is marked as processed when the next one is asked for."""
        self._buffer += self._decoder.decode(chunk)
        while True:
            line = self._take_line()
            if line is None:
                return
            push = self._line(line)
            if push is not None:
                yield push
                if push.offset is not None and push.epoch is not None:
                    self._seen[push.channel] = (push.epoch, push.offset)
                self.last_event_id = self._id or self.last_event_id

    def _take_line(self) -> Optional[str]:
        found = _LINE_END.search(self._buffer)
        if found is None:
            return None
        line, self._buffer = self._buffer[: found.start()], self._buffer[found.end() :]
        return line

    def _line(self, line: str) -> Optional[Push]:
        if line == "":
            event, data = self._event or "message", "\n".join(self._data)
            self._event, self._data = "", []
            return self._dispatch(event, data) if data else None
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self, event: str, data: str) -> Optional[Push]:
        body = json.loads(data)
        if event == "ack":
            self._failures = 0
            denied = body.get("denied") or (body.get("data") or {}).get("denied") or {}
            if denied:
                channel, code = next(iter(denied.items()))
                raise PermissionDeniedError(403, code, f"You may not read the channel {channel!r}.")
            if self._id:
                self.last_event_id = self._id
            return None
        if event == "error":
            # The right to read a channel has been withdrawn.
            raise PermissionDeniedError(403, str(body.get("code")), str(body.get("message")))
        if not isinstance(body, dict) or "channel" not in body:
            return None  # heartbeat and other messages of the protocol itself
        push = Push.from_json(body)
        seen = self._seen.get(push.channel)
        if seen and push.epoch == seen[0] and push.offset is not None and push.offset <= seen[1]:
            return None
        return push
