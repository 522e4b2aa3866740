#!/usr/bin/env python3
"""Sends nine test notifications, as a tourism platform would, and says how it went.

    PULPO_URL=http://localhost:8080 PULPO_TOKEN=pulpo_... python send_test_notifications.py

Options: --delay seconds between two (default 1), --channel notify:<name>, --watch also waits until each one comes back
on a WebSocket and shows how long that took. Exit status 0 when all nine were accepted (and seen, with --watch).
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
import sys
import time
from typing import Dict, List, Optional

from pulpo import AsyncPulpoClient, Notification, PulpoError, eventos

NOTIFICATIONS: List[Notification] = [
    eventos.usuario_registrado("123", "Juan Pérez", "juan@example.com", "turista"),
    eventos.usuario_inicio_sesion("123", "Juan Pérez", "juan@example.com", "turista"),
    eventos.reserva_creada("r-1001", "123", "Machu Picchu", "2026-03-14", personas=2, total=480.0),
    eventos.reserva_actualizada("r-1001", "confirmada", usuario_id="123"),
    eventos.servicio_contratado("c-2001", "s-17", "Traslado al aeropuerto", "123", total=35.0),
    eventos.recomendacion_creada("rec-9", "Los mejores miradores de Cusco", usuario_id="123", calificacion=5),
    eventos.tour_creado("t-88", "Valle Sagrado", precio=120.0),
    eventos.destino_actualizado("d-4", "Cusco", pais="Perú"),
    eventos.reserva_cancelada("r-1001", "cambio de planes", usuario_id="123"),
]


def bar(done: int, total: int, width: int = 27) -> str:
    filled = width * done // total
    return "[" + "#" * filled + "." * (width - filled) + f"] {done}/{total}"


async def watch(client: AsyncPulpoClient, channel: str, ready: asyncio.Event, seen: Dict[str, float]) -> None:
    def on_state(state: str) -> None:
        if state == "connected":
            ready.set()

    async for push in client.listen([channel], on_state=on_state):
        if push.id is not None:
            seen[push.id] = time.perf_counter()


async def main() -> int:
    parser = argparse.ArgumentParser(description="Sends nine test notifications to a Pulpo server.")
    parser.add_argument("--url", default=os.environ.get("PULPO_URL", "http://localhost:8080"))
    parser.add_argument("--token", default=os.environ.get("PULPO_TOKEN"), help="API token with the scope notify")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds between two notifications (default 1)")
    parser.add_argument("--channel", default="broadcast", help="broadcast (default) or notify:<name>")
    parser.add_argument("--watch", action="store_true", help="wait for each one on a WebSocket")
    args = parser.parse_args()
    if not args.token:
        parser.error("set PULPO_TOKEN or pass --token")

    total = len(NOTIFICATIONS)
    sent: Dict[str, float] = {}
    seen: Dict[str, float] = {}
    failed = 0
    watcher: Optional["asyncio.Task[None]"] = None
    print(f"Sending {total} notifications to {args.url}, channel {args.channel}")
    async with AsyncPulpoClient(args.url, args.token) as client:
        if args.watch:
            ready = asyncio.Event()
            watcher = asyncio.ensure_future(watch(client, args.channel, ready, seen))
            waiting = asyncio.ensure_future(ready.wait())
            await asyncio.wait([watcher, waiting], timeout=15, return_when=asyncio.FIRST_COMPLETED)
            if not ready.is_set():
                waiting.cancel()
                reason = watcher.exception() if watcher.done() else "no answer in 15 s"
                watcher.cancel()
                print(f"Could not watch the channel: {reason}", file=sys.stderr)
                return 1
        for number, notification in enumerate(NOTIFICATIONS, 1):
            if number > 1:
                await asyncio.sleep(args.delay)
            started = time.perf_counter()
            try:
                receipt = await client.send(dataclasses.replace(notification, channel=args.channel))
            except PulpoError as error:
                failed += 1
                result = f"FAILED {error}"
            else:
                sent[receipt.id] = started
                result = f"accepted in {(time.perf_counter() - started) * 1000:.0f} ms, offset {receipt.offset}"
            print(f"{bar(number, total)}  {notification.type:<24} {result}", flush=True)
        if watcher is not None:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and not sent.keys() <= seen.keys() and not watcher.done():
                await asyncio.sleep(0.01)
            watcher.cancel()

    print(f"\n{len(sent)} accepted, {failed} failed")
    if args.watch:
        times = sorted((seen[i] - sent[i]) * 1000 for i in sent if i in seen)
        print(f"{len(times)} of {len(sent)} seen on the WebSocket" + (f", slowest after {times[-1]:.0f} ms" if times else ""))
        return 0 if not failed and len(times) == len(sent) else 1
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except KeyboardInterrupt:
        sys.exit(130)
