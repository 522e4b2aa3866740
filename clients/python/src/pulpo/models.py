"""What goes in and comes out: notifications to send, receipts, pushes, positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence


@dataclass(frozen=True)
class Notification:
    """One notification to send.

    ``channel`` is ``broadcast`` (default) or ``notify:<name>``; with ``user_ids`` it goes to each of these people
    instead. ``persist=False`` is a push that is not stored: nobody can recover it. ``dedupe_key`` makes a second send
    with the same key within 24 hours (from the same sender, of the same type, to the same channel or people) answer the
    first one; without it the client makes one for each durable notification, so that its own retries are harmless.
    """

    type: str
    message: str
    data: Optional[Mapping[str, Any]] = None
    channel: Optional[str] = None
    user_ids: Optional[Sequence[str]] = None
    persist: Optional[bool] = None
    dedupe_key: Optional[str] = None

    def to_json(self) -> Dict[str, Any]:
        """The request body, without what is not set."""
        body: Dict[str, Any] = {"type": self.type, "message": self.message, "data": dict(self.data or {})}
        if self.channel is not None:
            body["channel"] = self.channel
        if self.user_ids is not None:
            body["user_ids"] = list(self.user_ids)
        if self.persist is not None:
            body["persist"] = self.persist
        if self.dedupe_key is not None:
            body["dedupe_key"] = self.dedupe_key
        return body


@dataclass(frozen=True)
class Receipt:
    """The server's answer to a notification: it is stored and on its way."""

    id: str
    channel: str
    #: Position in the channel; None for ``persist=False``.
    offset: Optional[int]
    #: Nothing was sent: this is the answer to the first one with the same ``dedupe_key``.
    duplicate: bool = False

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Receipt":
        return cls(
            id=body["id"],
            channel=body["channel"],
            offset=body.get("offset"),
            duplicate=bool(body.get("duplicate", False)),
        )


@dataclass(frozen=True)
class Position:
    """Where a reader stands in a channel. Store it to resume in another process."""

    epoch: str
    offset: int

    def to_json(self) -> Dict[str, Any]:
        return {"epoch": self.epoch, "offset": self.offset}


@dataclass(frozen=True)
class Push:
    """What a subscriber receives. Durable pushes have ``offset`` and ``epoch``, ephemeral ones do not."""

    type: str
    channel: str
    data: Any
    timestamp: str
    #: Text for people, when the push is a notification.
    message: Optional[str]
    #: Id of the notification, when the push is one.
    id: Optional[str]
    offset: Optional[int]
    epoch: Optional[str]
    #: The whole object as it came.
    raw: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Push":
        return cls(
            type=body["type"],
            channel=body["channel"],
            data=body.get("data"),
            timestamp=body.get("timestamp", ""),
            message=body.get("message"),
            id=body.get("id"),
            offset=body.get("offset"),
            epoch=body.get("epoch"),
            raw=body,
        )


@dataclass(frozen=True)
class InboxPage:
    """One page of a person's inbox."""

    items: List[Dict[str, Any]]
    next_cursor: Optional[str]
    unread_count: int

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "InboxPage":
        return cls(items=body["items"], next_cursor=body.get("next_cursor"), unread_count=body["unread_count"])
