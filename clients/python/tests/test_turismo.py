"""The nineteen events, async and sync, against a running server and against none."""

from __future__ import annotations

import asyncio
import inspect
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import httpx
import pytest
from conftest import until, within

from pulpo import AsyncPulpoClient, Push, eventos, turismo, turismo_sync

ARGUMENTS: Dict[str, Dict[str, Any]] = {
    "usuario_registrado": {"usuario_id": "123", "nombre": "Juan Pérez", "email": "juan@example.com", "rol": "turista"},
    "usuario_inicio_sesion": {"usuario_id": "123", "nombre": "Juan Pérez"},
    "reserva_creada": {"reserva_id": "r1", "usuario_id": "123", "tour": "Machu Picchu", "personas": 2, "total": 480.0},
    "reserva_actualizada": {"reserva_id": "r1", "estado": "confirmada"},
    "reserva_cancelada": {"reserva_id": "r1", "motivo": "cambio de planes"},
    "servicio_contratado": {"contrato_id": "c1", "servicio_id": "s1", "nombre": "Traslado", "usuario_id": "123"},
    "recomendacion_creada": {"recomendacion_id": "x1", "titulo": "Miradores de Cusco", "calificacion": 5},
    **{
        f"{cosa}_{hecho}": {f"{cosa}_id": "1", "nombre": "Valle Sagrado"}
        for cosa in ("tour", "servicio", "destino", "guia")
        for hecho in ("creado", "actualizado", "eliminado")
    },
}


def test_all_nineteen_are_there() -> None:
    assert len(ARGUMENTS) == 19
    assert set(eventos.EVENTOS) == set(ARGUMENTS)
    for name, build in eventos.EVENTOS.items():
        for module in (turismo, turismo_sync):
            function = getattr(module, f"notificar_{name}")
            assert function.__name__ == f"notificar_{name}"
            assert inspect.signature(function).parameters.keys() == inspect.signature(build).parameters.keys()
        assert inspect.iscoroutinefunction(getattr(turismo, f"notificar_{name}"))


def test_the_servers_preset_names_the_same(url: str, token: str) -> None:
    answer = httpx.get(f"{url}/api/v1/notifications/presets", headers={"Authorization": f"Bearer {token}"})
    [preset] = [item for item in answer.json()["items"] if item["name"] == "tourism"]
    assert {entry["type"] for entry in preset["types"]} == set(ARGUMENTS)


def test_every_event_arrives(url: str, token: str) -> None:
    async def run() -> List[Push]:
        turismo.configurar(url, token)
        async with AsyncPulpoClient(url, token) as client:
            listener = client.listen(["broadcast"])
            seen: List[Push] = []

            async def collect() -> None:
                async for push in listener:
                    seen.append(push)

            task = asyncio.ensure_future(collect())
            await until(lambda: listener.state == "connected")
            for name, arguments in ARGUMENTS.items():
                assert await getattr(turismo, f"notificar_{name}")(**arguments) is True
            for name, arguments in ARGUMENTS.items():
                assert await asyncio.to_thread(getattr(turismo_sync, f"notificar_{name}"), **arguments) is True
            await until(lambda: len(seen) >= 38)
            task.cancel()
            return seen

    pushes = asyncio.run(within(run()))
    assert [push.type for push in pushes] == list(ARGUMENTS) * 2
    assert pushes[0].data == ARGUMENTS["usuario_registrado"]
    assert pushes[0].message == "Nuevo usuario: Juan Pérez (turista)"
    assert pushes[2].message == "Nueva reserva: Machu Picchu para 2 personas"
    assert "fecha" not in pushes[2].data


def test_other_event_loops_get_their_own_connections(url: str, token: str) -> None:
    turismo.configurar(url, token)
    for _ in range(2):
        assert asyncio.run(turismo.notificar_tour_creado("t1", "Valle Sagrado", precio=120.0)) is True


def test_extra_fields_and_free_notifications(url: str, token: str) -> None:
    turismo.configurar(url, token)
    assert eventos.tour_creado("t1", "Valle", dificultad="media").data == {
        "tour_id": "t1",
        "nombre": "Valle",
        "dificultad": "media",
    }
    assert asyncio.run(turismo.enviar_notificacion("clima_adverso", "Lluvia fuerte", {"zona": "norte"})) is True
    turismo_sync.configurar(url, token)
    assert turismo_sync.enviar_notificacion("clima_adverso", "Lluvia fuerte", channel="notify:clima") is True


def test_a_missing_server_is_a_log_line_and_false(caplog: pytest.LogCaptureFixture) -> None:
    turismo.configurar("http://127.0.0.1:9", "pulpo_x")
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, "pulpo"):
        assert asyncio.run(turismo.notificar_tour_creado("t1", "Valle")) is False
        assert turismo_sync.notificar_tour_creado("t1", "Valle") is False
    assert len(caplog.records) == 2 and "tour_creado was not sent" in caplog.text
    assert time.monotonic() - started < 8


def test_a_server_that_hangs_does_not_hold_up_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> bool:
        async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read(-1)

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        turismo.configurar(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "pulpo_x")
        result = await turismo.notificar_tour_creado("t1", "Valle")
        server.close()
        return result

    with caplog.at_level(logging.WARNING, "pulpo"):
        assert asyncio.run(within(run(), 10)) is False


def test_missing_settings_are_false_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULPO_URL", raising=False)
    turismo.configurar()
    assert asyncio.run(turismo.notificar_tour_creado("t1", "Valle")) is False
    assert turismo_sync.notificar_tour_creado("t1", "Valle") is False


def test_sender_script(url: str, token: str, channel: str) -> None:
    script = Path(__file__).parent.parent / "send_test_notifications.py"
    arguments = ["--url", url, "--token", token, "--channel", channel, "--delay", "0", "--watch"]
    result = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("accepted in") == 9
    assert "9 accepted, 0 failed" in result.stdout
    assert "9 of 9 seen on the WebSocket" in result.stdout
