"""Sending: receipts, batches, typed errors, and retries that do no harm."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import List

import httpx
import pytest

from pulpo import (
    AsyncPulpoClient,
    AuthenticationError,
    Notification,
    PulpoClient,
    PulpoConfigError,
    PulpoConnectionError,
    RateLimitedError,
    RetryPolicy,
    ServerError,
    ValidationError,
)
from pulpo._core import Request
from pulpo.errors import parse_retry_after


class LosesAnswers(httpx.BaseTransport):
    """The real network, except that the first answers get lost after the server has done its work."""

    def __init__(self, lose: int) -> None:
        self._real = httpx.HTTPTransport()
        self._lose = lose
        self.requests: List[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = self._real.handle_request(request)
        if self._lose > 0:
            self._lose -= 1
            response.read()
            raise httpx.ReadError("connection reset", request=request)
        return response


class Says(httpx.BaseTransport):
    """Answers from a list, to reach statuses that a healthy server does not give."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.count = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        return self._answers.pop(0)


FAST = RetryPolicy(attempts=5, base=0.01, cap=0.02, total=10.0)


def test_notify(url: str, token: str, channel: str) -> None:
    with PulpoClient(url, token) as client:
        first = client.notify("test", "Hola mundo", {"n": 1}, channel=channel)
        second = client.notify("test", "Hola otra vez", channel=channel)
    assert first.channel == channel
    assert first.offset is not None and second.offset == first.offset + 1
    assert first.id != second.id


def test_async_notify_and_batch(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            receipts = await client.notify_batch(
                [Notification("test", f"número {i}", {"i": i}, channel=channel) for i in range(500)]
            )
            assert len(receipts) == 500
            offsets = [receipt.offset for receipt in receipts]
            assert offsets == list(range(offsets[0], offsets[0] + 500))

    asyncio.run(run())


def test_ephemeral_has_no_offset(url: str, token: str, channel: str) -> None:
    with PulpoClient(url, token) as client:
        assert client.notify("test", "not stored", channel=channel, persist=False).offset is None


def test_batch_size_is_checked_before_sending(url: str, token: str) -> None:
    with PulpoClient(url, token) as client:
        with pytest.raises(ValueError):
            client.notify_batch([])
        with pytest.raises(ValueError):
            client.notify_batch([Notification("test", "x")] * 501)


def test_dedupe_key(url: str, token: str, channel: str) -> None:
    key = uuid.uuid4().hex
    with PulpoClient(url, token) as client:
        first = client.notify("test", "once", channel=channel, dedupe_key=key)
        again = client.notify("test", "once", channel=channel, dedupe_key=key)
        assert (first.duplicate, again.duplicate) == (False, True)
        assert (again.id, again.offset) == (first.id, first.offset)
        assert client.notify("test", "next", channel=channel).offset == (first.offset or 0) + 1


def test_lost_answers_do_not_send_twice(url: str, token: str, channel: str) -> None:
    transport = LosesAnswers(2)
    with PulpoClient(url, token, retry=FAST, transport=transport) as client:
        receipt = client.notify("test", "once", channel=channel)
        assert len(transport.requests) == 3
        assert len({request.content for request in transport.requests}) == 1
        assert client.notify("test", "next", channel=channel).offset == (receipt.offset or 0) + 1


def test_lost_answer_of_an_ephemeral_push_is_not_repeated(url: str, token: str, channel: str) -> None:
    transport = LosesAnswers(1)
    with PulpoClient(url, token, retry=FAST, transport=transport) as client:
        with pytest.raises(PulpoConnectionError):
            client.notify("test", "at most once", channel=channel, persist=False)
    assert len(transport.requests) == 1


def test_typed_errors(url: str, token: str) -> None:
    with PulpoClient(url, token) as client:
        with pytest.raises(ValidationError) as reserved:
            client.notify("ping", "reserved")
        assert reserved.value.code == "reserved_type"
        assert reserved.value.request_id
        with pytest.raises(ValidationError) as wrong:
            client.notify_batch([Notification("test", "good"), Notification("Not Snake", "bad")])
        assert wrong.value.code == "validation_failed"
        assert wrong.value.errors[0]["path"] == "notifications.1.type"
    with PulpoClient(url, "pulpo_wrong") as client:
        with pytest.raises(AuthenticationError):
            client.notify("test", "x")


def test_token_provider(url: str, token: str, channel: str) -> None:
    async def provider() -> str:
        return token

    async def run() -> None:
        async with AsyncPulpoClient(url, provider) as client:
            assert (await client.notify("test", "x", channel=channel)).id

    asyncio.run(run())
    with PulpoClient(url, lambda: token) as client:
        assert client.notify("test", "x", channel=channel).id


def test_inbox(url: str, token: str) -> None:
    with PulpoClient(url, token) as client:
        receipt = client.notify("test", "for the inbox")
        page = client.notifications(type="test", limit=10)
        assert page.items[0]["id"] == receipt.id
        assert page.items[0]["read_at"] is None
        client.mark_read(receipt.id)
        assert client.notifications(type="test", limit=1).items[0]["read_at"] is not None
        assert client.mark_all_read() == 0
        assert client.notifications(unread=True).items == []


def test_unreachable_server_is_bounded_in_time() -> None:
    started = time.monotonic()
    with PulpoClient("http://127.0.0.1:9", "pulpo_x", retry=FAST) as client:
        with pytest.raises(PulpoConnectionError) as error:
            client.notify("test", "x")
    assert isinstance(error.value.__cause__, httpx.ConnectError)
    assert time.monotonic() - started < FAST.total


def test_retry_after_is_obeyed() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "0.3"}, json={"code": "rate_limited", "detail": "slow down"})
    done = httpx.Response(202, json={"id": "1", "channel": "broadcast", "offset": 1})
    transport = Says(busy, done)
    started = time.monotonic()
    with PulpoClient("http://pulpo.test", "pulpo_x", retry=FAST, transport=transport) as client:
        client.notify("test", "x")
    assert transport.count == 2
    assert time.monotonic() - started >= 0.3


def test_a_longer_wait_than_allowed_is_not_begun() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "3600"}, json={"code": "rate_limited", "detail": "slow down"})
    with PulpoClient("http://pulpo.test", "pulpo_x", retry=FAST, transport=Says(busy)) as client:
        with pytest.raises(RateLimitedError) as error:
            client.notify("test", "x")
    assert error.value.retry_after == 3600


def test_attempts_are_bounded() -> None:
    down = [httpx.Response(503, json={"code": "unavailable", "detail": "later"}) for _ in range(5)]
    transport = Says(*down)
    with PulpoClient("http://pulpo.test", "pulpo_x", retry=FAST, transport=transport) as client:
        with pytest.raises(ServerError):
            client.notify("test", "x")
    assert transport.count == 5


def test_what_could_do_harm_twice_is_sent_once() -> None:
    transport = Says(httpx.Response(503, json={"code": "unavailable", "detail": "later"}))
    with PulpoClient("http://pulpo.test", "pulpo_x", retry=FAST, transport=transport) as client:
        with pytest.raises(ServerError):
            client.request(Request("POST", "/api/v1/webhooks/incoming", json={}))
    assert transport.count == 1


def test_not_a_pulpo_server() -> None:
    page = httpx.Response(200, text="<html>")
    with PulpoClient("http://pulpo.test", "pulpo_x", transport=Says(page)) as client:
        with pytest.raises(PulpoConnectionError):
            client.notify("test", "x")


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULPO_URL", raising=False)
    monkeypatch.delenv("PULPO_TOKEN", raising=False)
    with pytest.raises(PulpoConfigError):
        PulpoClient()
    with pytest.raises(PulpoConfigError):
        PulpoClient("localhost:8080", "pulpo_x")
    with pytest.raises(PulpoConfigError):
        PulpoClient("http://localhost:8080")
    monkeypatch.setenv("PULPO_URL", "http://localhost:8080/")
    monkeypatch.setenv("PULPO_TOKEN", "pulpo_x")
    with PulpoClient() as client:
        assert client.url == "http://localhost:8080"


def test_retry_after_forms() -> None:
    assert parse_retry_after("7") == 7.0
    assert parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert parse_retry_after("soon") is None
    assert parse_retry_after(None) is None
