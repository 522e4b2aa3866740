"""Which client the ``notificar_*`` functions use, for :mod:`pulpo.turismo` and :mod:`pulpo.turismo_sync`.

They are called in the middle of somebody's request: so one attempt is short, everything together is bounded by two
seconds, and a failure is a log line and ``False``, never an exception.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from typing import Optional

from ._core import RetryPolicy, Token
from .aio import AsyncPulpoClient
from .client import PulpoClient

log = logging.getLogger("pulpo")

TIMEOUT = 1.0
RETRY = RetryPolicy(attempts=3, base=0.1, cap=0.5, total=2.0)

_lock = threading.Lock()
_url: Optional[str] = None
_token: Optional[Token] = None
_sync: Optional[PulpoClient] = None
_async: Optional[AsyncPulpoClient] = None
#: Connections belong to the event loop that opened them, so each loop has its own client.
_by_loop: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncPulpoClient]" = weakref.WeakKeyDictionary()


def configurar(
    url: Optional[str] = None,
    token: Optional[Token] = None,
    *,
    client: Optional[AsyncPulpoClient] = None,
    sync_client: Optional[PulpoClient] = None,
) -> None:
    """Says where notifications go: an address and a token, or ready clients. Without it: PULPO_URL and PULPO_TOKEN."""
    global _url, _token, _sync, _async
    with _lock:
        _url, _token, _sync, _async = url, token, sync_client, client
        _by_loop.clear()


def sync_client() -> PulpoClient:
    global _sync
    with _lock:
        if _sync is None:
            _sync = PulpoClient(_url, _token, timeout=TIMEOUT, retry=RETRY)
        return _sync


def async_client() -> AsyncPulpoClient:
    if _async is not None:
        return _async
    loop = asyncio.get_running_loop()
    with _lock:
        client = _by_loop.get(loop)
        if client is None:
            client = _by_loop[loop] = AsyncPulpoClient(_url, _token, timeout=TIMEOUT, retry=RETRY)
        return client
