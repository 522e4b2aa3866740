"""Listening: order, resume over broken connections, positions, gaps, refusals, tokens that end."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, List, Optional

import pytest
from conftest import Proxy, until, within
from websockets.asyncio.server import ServerConnection, serve

from pulpo import AsyncPulpoClient, AuthenticationError, Notification, PermissionDeniedError, Position, Push
from pulpo.listener import Listener


def batch(channel: str, start: int, end: int) -> List[Notification]:
    return [Notification("test", str(i), {"i": i}, channel=channel) for i in range(start, end)]


class Collector:
    """Iterates a listener in the background."""

    def __init__(self, pushes: Any) -> None:
        self.seen: List[Push] = []
        self._pushes = pushes
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        async for push in self._pushes:
            self.seen.append(push)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def texts(self) -> List[Optional[str]]:
        return [push.message for push in self.seen]


def test_pushes_arrive_in_order(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            listener = client.listen([channel])
            collector = Collector(listener)
            await until(lambda: listener.state == "connected")
            await client.notify_batch(batch(channel, 0, 300))
            await until(lambda: len(collector.seen) >= 300)
            await collector.stop()
            assert collector.texts == [str(i) for i in range(300)]
            first = collector.seen[0]
            assert (first.type, first.channel, first.data) == ("test", channel, {"i": 0})
            assert first.id and first.epoch and first.offset and first.timestamp
            assert listener.state == "closed"

    asyncio.run(within(run()))


def test_a_dropped_connection_loses_nothing(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with Proxy(url) as proxy, AsyncPulpoClient(url, token) as sender:
            async with AsyncPulpoClient(proxy.url, token) as reader:
                states: List[str] = []
                gaps: List[str] = []
                listener = reader.listen([channel], on_state=states.append, on_gap=gaps.append)
                collector = Collector(listener)
                await until(lambda: listener.state == "connected")
                await sender.notify_batch(batch(channel, 0, 50))
                await until(lambda: len(collector.seen) >= 50)
                for round_ in range(3):
                    proxy.accepting = False
                    proxy.cut()
                    await until(lambda: listener.state == "waiting")
                    start = 50 + round_ * 100
                    await sender.notify_batch(batch(channel, start, start + 100))
                    proxy.accepting = True
                    await until(lambda: len(collector.seen) >= start + 100)
                await collector.stop()
                assert collector.texts == [str(i) for i in range(350)]
                assert gaps == []
                assert states.count("connected") == 4

    asyncio.run(within(run(), 60))


def test_cuts_in_the_middle_of_a_stream_lose_nothing(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with Proxy(url) as proxy, AsyncPulpoClient(url, token) as sender:
            async with AsyncPulpoClient(proxy.url, token) as reader:
                listener = reader.listen([channel])
                collector = Collector(listener)
                await until(lambda: listener.state == "connected")
                for i in range(0, 600, 20):
                    await sender.notify_batch(batch(channel, i, i + 20))
                    if i % 200 == 100:
                        proxy.cut()
                await until(lambda: len(collector.seen) >= 600)
                await collector.stop()
                assert collector.texts == [str(i) for i in range(600)]
                assert proxy.connections >= 2

    asyncio.run(within(run(), 60))


def test_positions_resume_in_another_process(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            listener = client.listen([channel])
            seen: List[Optional[str]] = []
            pushes = listener.__aiter__()
            first = asyncio.ensure_future(pushes.__anext__())
            await until(lambda: listener.state == "connected")
            await client.notify_batch(batch(channel, 0, 5))
            seen.append((await first).message)
            async for push in pushes:
                seen.append(push.message)
                if push.message == "2":
                    break
            await listener.aclose()
            assert seen == ["0", "1", "2"]
            # The third was handed out but the loop did not come back for the next one: it is not processed.
            positions = listener.positions
            resumed = Collector(client.listen([channel], positions=positions))
            await until(lambda: len(resumed.seen) >= 3)
            await resumed.stop()
            assert resumed.texts == ["2", "3", "4"]

    asyncio.run(within(run()))


def test_me_is_the_callers_own_channel(url: str, token: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            listener = client.listen(["user:me:notifications"])
            collector = Collector(listener)
            await until(lambda: listener.state == "connected")
            assert list(listener.positions) == ["user:me:notifications"]
            await collector.stop()

    asyncio.run(within(run()))


def test_an_unknown_epoch_is_a_gap(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, token) as client:
            gaps: List[str] = []
            listener = client.listen([channel], positions={channel: Position("gone", 7)}, on_gap=gaps.append)
            collector = Collector(listener)
            await until(lambda: listener.state == "connected")
            assert gaps == [channel]
            await client.notify("test", "after the gap", channel=channel)
            await until(lambda: len(collector.seen) >= 1)
            await collector.stop()

    asyncio.run(within(run()))


def test_refusals_are_raised(url: str, token: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, "pulpo_wrong") as client:
            with pytest.raises(AuthenticationError):
                async for _ in client.listen(["broadcast"]):
                    pass
        async with AsyncPulpoClient(url, token) as client:
            with pytest.raises(PermissionDeniedError):
                async for _ in client.listen(["broadcast", "user:0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10:notifications"]):
                    pass

    asyncio.run(within(run()))


def test_a_fresh_token_is_sent_before_the_old_one_ends() -> None:
    """Against a WebSocket that says `token_expiring` at once: a real server does so a minute before the end."""
    frames: List[Dict[str, Any]] = []

    async def server(socket: ServerConnection) -> None:
        subscribe = json.loads(await socket.recv())
        channels = {"broadcast": {"epoch": "e", "offset": 0, "recovered": False}}
        ack = {"type": "ack", "id": subscribe["id"], "data": {"channels": channels, "denied": {}}}
        await socket.send(json.dumps([ack, {"type": "token_expiring", "expires_at": "2026-01-01T00:00:00.000Z"}]))
        frames.append(json.loads(await socket.recv()))
        await socket.send(json.dumps({"type": "ack", "id": "auth", "data": {}}))
        push = {"type": "test", "channel": "broadcast", "data": {}, "timestamp": "", "offset": 1, "epoch": "e"}
        await socket.send(json.dumps([push, push]))
        await socket.wait_closed()

    async def run() -> None:
        tokens = iter(["first", "second"])

        async def provider() -> str:
            return next(tokens)

        async with serve(server, "127.0.0.1", 0) as running:
            port = running.sockets[0].getsockname()[1]
            listener = Listener(f"ws://127.0.0.1:{port}/ws", provider, ["broadcast"], renewable=True)
            collector = Collector(listener)
            await until(lambda: len(collector.seen) >= 1)
            await collector.stop()
            assert len(collector.seen) == 1, "the repeated offset is not handed out twice"

    asyncio.run(within(run()))
    assert frames == [{"type": "auth", "id": "auth", "token": "second"}]


def test_sse_resumes(url: str, token: str, channel: str) -> None:
    async def run() -> None:
        async with Proxy(url) as proxy, AsyncPulpoClient(url, token) as sender:
            async with AsyncPulpoClient(proxy.url, token) as reader:
                await sender.notify("test", "before", channel=channel)
                collector = Collector(reader.sse([channel, "broadcast"]))
                # There is no state to wait for: send until the first one comes through.
                sent = 0
                while not collector.seen:
                    await sender.notify("test", str(sent), {"text": "uno\u2028dos\r\ntres"}, channel=channel)
                    sent += 1
                    await asyncio.sleep(0.02)
                first = int(collector.seen[0].message or "")
                for i in range(sent, sent + 300, 20):
                    await sender.notify_batch(batch(channel, i, i + 20))
                    if i % 100 < 20:
                        proxy.cut()
                total = sent + 300
                await until(lambda: collector.texts and collector.texts[-1] == str(total - 1))
                await collector.stop()
                assert collector.texts == [str(i) for i in range(first, total)]
                assert collector.seen[0].data == {"text": "uno\u2028dos\r\ntres"}
                assert proxy.connections >= 2

    asyncio.run(within(run(), 60))


def test_sse_refusals_are_raised(url: str) -> None:
    async def run() -> None:
        async with AsyncPulpoClient(url, "pulpo_wrong") as client:
            with pytest.raises(AuthenticationError):
                async for _ in client.sse(["broadcast"]):
                    pass

    asyncio.run(within(run()))
