"""Chat: sending and reading messages, and that a resend does no harm."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest

from pulpo import AsyncPulpoClient, NotFoundError, PulpoClient


@pytest.fixture
def channel_id(url: str, token: str) -> str:
    """A chat channel of its own for each test."""
    answer = httpx.post(
        f"{url}/api/v1/channels",
        headers={"Authorization": f"Bearer {token}"},
        json={"name": f"py-{uuid.uuid4().hex[:12]}"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_sends_and_reads(url: str, token: str, channel_id: str) -> None:
    with PulpoClient(url, token) as client:
        first = client.send_message(channel_id, "Hola **mundo**")
        assert first["user"]["is_bot"] is True
        reply = client.send_message(channel_id, "an answer", reply_to_id=first["id"])
        assert reply["root_id"] == first["id"]
        texts = [message["content"] for message in client.messages(channel_id, limit=2)]
        assert texts == ["an answer", "Hola **mundo**"]
        assert [m["id"] for m in client.messages(channel_id, after=first["id"])] == [reply["id"]]
        with pytest.raises(NotFoundError):
            client.send_message(str(uuid.uuid4()), "nowhere")


def test_a_client_id_is_sent_once(url: str, token: str, channel_id: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            one = await client.send_message(channel_id, "once", client_id="c1")
            two = await client.send_message(channel_id, "once", client_id="c1")
            assert one["id"] == two["id"]
            assert [m["content"] for m in await client.messages(channel_id)].count("once") == 1

    asyncio.run(run())
