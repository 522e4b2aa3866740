"""Client for Pulpo: live notifications over REST, WebSocket and Server-Sent Events.

    from pulpo import PulpoClient
    PulpoClient("http://localhost:8080", "pulpo_...").notify("deploy_done", "Version 7 is live")
"""

from ._core import RetryPolicy
from .aio import AsyncPulpoClient
from .client import PulpoClient
from .errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    PulpoAPIError,
    PulpoConfigError,
    PulpoConnectionError,
    PulpoError,
    PulpoTimeoutError,
    RateLimitedError,
    ServerError,
    TooLargeError,
    ValidationError,
)
from .listener import Listener
from .models import InboxPage, Notification, Position, Push, Receipt

__version__ = "0.1.0"

__all__ = [
    "AsyncPulpoClient",
    "AuthenticationError",
    "ConflictError",
    "InboxPage",
    "Listener",
    "NotFoundError",
    "Notification",
    "PermissionDeniedError",
    "Position",
    "PulpoAPIError",
    "PulpoClient",
    "PulpoConfigError",
    "PulpoConnectionError",
    "PulpoError",
    "PulpoTimeoutError",
    "Push",
    "RateLimitedError",
    "Receipt",
    "RetryPolicy",
    "ServerError",
    "TooLargeError",
    "ValidationError",
]
