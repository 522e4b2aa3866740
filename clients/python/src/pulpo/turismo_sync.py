"""The twins of :mod:`pulpo.turismo` without async: same names, same arguments, same answer::

    from pulpo.turismo_sync import notificar_reserva_creada

    notificar_reserva_creada(reserva_id="r1", usuario_id="123", tour="Machu Picchu", personas=2)
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from . import eventos
from ._ajustes import configurar, log, sync_client
from .errors import PulpoError
from .models import Notification

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")


def enviar_notificacion(type: str, message: str, data: Optional[Mapping[str, Any]] = None, **options: Any) -> bool:
    """Sends any notification; options are those of :class:`Notification` (channel, user_ids, persist, dedupe_key)."""
    return _enviar(Notification(type, message, data, **options))


def _enviar(notification: Notification) -> bool:
    try:
        sync_client().send(notification)
    except PulpoError as error:
        log.warning("pulpo: %s was not sent: %s", notification.type, error)
        return False
    return True


def _notificar(build: "Callable[P, Notification]") -> "Callable[P, bool]":
    @functools.wraps(build)
    def notificar(*args: "P.args", **kwargs: "P.kwargs") -> bool:
        return _enviar(build(*args, **kwargs))

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
