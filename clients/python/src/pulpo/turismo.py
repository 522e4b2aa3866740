"""One async function per event of a tourism platform: builds it and sends it::

    from pulpo.turismo import notificar_usuario_registrado

    await notificar_usuario_registrado(usuario_id="123", nombre="Juan Pérez", email="juan@example.com", rol="turista")

Each takes the arguments of its twin in :mod:`pulpo.eventos` and returns True, or False after a failure, which is
logged and never raised: a notification must not break the request that caused it. The whole call is over within about
two seconds even when the server is away; to not wait at all, hand it to FastAPI's ``BackgroundTasks``.
Where it goes is said by PULPO_URL and PULPO_TOKEN, or by :func:`configurar`.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Mapping, Optional

from . import eventos
from ._ajustes import RETRY, async_client, configurar, log
from .errors import PulpoError
from .models import Notification

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")


async def enviar_notificacion(
    type: str, message: str, data: Optional[Mapping[str, Any]] = None, **options: Any
) -> bool:
    """Sends any notification; options are those of :class:`Notification` (channel, user_ids, persist, dedupe_key)."""
    return await _enviar(Notification(type, message, data, **options))


async def _enviar(notification: Notification) -> bool:
    try:
        await asyncio.wait_for(async_client().send(notification), RETRY.total)
    except (PulpoError, asyncio.TimeoutError) as error:
        log.warning("pulpo: %s was not sent: %s", notification.type, error or "no answer in time")
        return False
    return True


def _notificar(build: "Callable[P, Notification]") -> "Callable[P, Awaitable[bool]]":
    @functools.wraps(build)
    async def notificar(*args: "P.args", **kwargs: "P.kwargs") -> bool:
        return await _enviar(build(*args, **kwargs))

    notificar.__name__ = notificar.__qualname__ = f"notificar_{build.__name__}"
    return notificar


notificar_usuario_registrado = _notificar(eventos.usuario_registrado)
notificar_usuario_inicio_sesion = _notificar(eventos.usuario_inicio_sesion)
notificar_reserva_creada = _notificar(eventos.reserva_creada)
notificar_reserva_actualizada = _notificar(eventos.reserva_actualizada)
notificar_reserva_cancelada = _notificar(eventos.reserva_cancelada)
notificar_servicio_contratado = _notificar(eventos.servicio_contratado)
notificar_recomendacion_creada = _notificar(eventos.recomendacion_creada)
notificar_tour_creado = _notificar(eventos.tour_creado)
notificar_tour_actualizado = _notificar(eventos.tour_actualizado)
notificar_tour_eliminado = _notificar(eventos.tour_eliminado)
notificar_servicio_creado = _notificar(eventos.servicio_creado)
notificar_servicio_actualizado = _notificar(eventos.servicio_actualizado)
notificar_servicio_eliminado = _notificar(eventos.servicio_eliminado)
notificar_destino_creado = _notificar(eventos.destino_creado)
notificar_destino_actualizado = _notificar(eventos.destino_actualizado)
notificar_destino_eliminado = _notificar(eventos.destino_eliminado)
notificar_guia_creado = _notificar(eventos.guia_creado)
notificar_guia_actualizado = _notificar(eventos.guia_actualizado)
notificar_guia_eliminado = _notificar(eventos.guia_eliminado)

__all__ = [
    "configurar",
    "enviar_notificacion",
    "notificar_usuario_registrado",
    "notificar_usuario_inicio_sesion",
    "notificar_reserva_creada",
    "notificar_reserva_actualizada",
    "notificar_reserva_cancelada",
    "notificar_servicio_contratado",
    "notificar_recomendacion_creada",
    "notificar_tour_creado",
    "notificar_tour_actualizado",
    "notificar_tour_eliminado",
    "notificar_servicio_creado",
    "notificar_servicio_actualizado",
    "notificar_servicio_eliminado",
    "notificar_destino_creado",
    "notificar_destino_actualizado",
    "notificar_destino_eliminado",
    "notificar_guia_creado",
    "notificar_guia_actualizado",
    "notificar_guia_eliminado",
]
