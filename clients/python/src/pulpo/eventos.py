"""The events of a tourism platform as values: one typed function per event, each returns a :class:`Notification`.

Nothing is sent here. Send one with ``client.send(...)``, several with ``client.notify_batch([...])``, or use
:mod:`pulpo.turismo`, which builds and sends in one call. ``**extra`` goes into ``data`` as it is.
The types are those of the server's ``tourism`` preset (``GET /api/v1/notifications/presets``).
"""

from __future__ import annotations

from typing import Any, Optional

from .models import Notification


def _evento(type: str, message: str, extra: "dict[str, Any]", **data: Any) -> Notification:
    return Notification(type, message, {**{k: v for k, v in data.items() if v is not None}, **extra})


# -- usuarios ----------------------------------------------------------------------------------------------------------


def usuario_registrado(usuario_id: str, nombre: str, email: str, rol: str, **extra: Any) -> Notification:
    """Nuevo registro."""
    return _evento(
        "usuario_registrado", f"Nuevo usuario: {nombre} ({rol})", extra,
        usuario_id=usuario_id, nombre=nombre, email=email, rol=rol,
    )  # fmt: skip


def usuario_inicio_sesion(
    usuario_id: str, nombre: str, email: Optional[str] = None, rol: Optional[str] = None, **extra: Any
) -> Notification:
    """Inicio de sesión correcto."""
    return _evento(
        "usuario_inicio_sesion", f"{nombre} ha iniciado sesión", extra,
        usuario_id=usuario_id, nombre=nombre, email=email, rol=rol,
    )  # fmt: skip


# -- reservas ----------------------------------------------------------------------------------------------------------


def reserva_creada(
    reserva_id: str,
    usuario_id: str,
    tour: str,
    fecha: Optional[str] = None,
    personas: Optional[int] = None,
    total: Optional[float] = None,
    **extra: Any,
) -> Notification:
    """Nueva reserva."""
    para = f" para {personas} {'persona' if personas == 1 else 'personas'}" if personas is not None else ""
    return _evento(
        "reserva_creada", f"Nueva reserva: {tour}{para}", extra,
        reserva_id=reserva_id, usuario_id=usuario_id, tour=tour, fecha=fecha, personas=personas, total=total,
    )  # fmt: skip


def reserva_actualizada(
    reserva_id: str, estado: Optional[str] = None, usuario_id: Optional[str] = None, **extra: Any
) -> Notification:
    """Modificación de una reserva."""
    ahora = f": {estado}" if estado else ""
    return _evento(
        "reserva_actualizada", f"Reserva {reserva_id} actualizada{ahora}", extra,
        reserva_id=reserva_id, estado=estado, usuario_id=usuario_id,
    )  # fmt: skip


def reserva_cancelada(
    reserva_id: str, motivo: Optional[str] = None, usuario_id: Optional[str] = None, **extra: Any
) -> Notification:
    """Cancelación de una reserva."""
    por = f": {motivo}" if motivo else ""
    return _evento(
        "reserva_cancelada", f"Reserva {reserva_id} cancelada{por}", extra,
        reserva_id=reserva_id, motivo=motivo, usuario_id=usuario_id,
    )  # fmt: skip


# -- servicios contratados y recomendaciones ---------------------------------------------------------------------------


def servicio_contratado(
    contrato_id: str,
    servicio_id: str,
    nombre: str,
    usuario_id: str,
    total: Optional[float] = None,
    **extra: Any,
) -> Notification:
    """Contratación de un servicio."""
    return _evento(
        "servicio_contratado", f"Servicio contratado: {nombre}", extra,
        contrato_id=contrato_id, servicio_id=servicio_id, nombre=nombre, usuario_id=usuario_id, total=total,
    )  # fmt: skip


def recomendacion_creada(
    recomendacion_id: str,
    titulo: str,
    usuario_id: Optional[str] = None,
    calificacion: Optional[int] = None,
    **extra: Any,
) -> Notification:
    """Nueva recomendación publicada."""
    return _evento(
        "recomendacion_creada", f"Nueva recomendación: {titulo}", extra,
        recomendacion_id=recomendacion_id, titulo=titulo, usuario_id=usuario_id, calificacion=calificacion,
    )  # fmt: skip


# -- administración: tours, servicios, destinos, guías -----------------------------------------------------------------


def tour_creado(tour_id: str, nombre: str, precio: Optional[float] = None, **extra: Any) -> Notification:
    """Tour nuevo."""
    return _evento("tour_creado", f"Nuevo tour: {nombre}", extra, tour_id=tour_id, nombre=nombre, precio=precio)


def tour_actualizado(tour_id: str, nombre: str, precio: Optional[float] = None, **extra: Any) -> Notification:
    """Tour modificado."""
    return _evento("tour_actualizado", f"Tour actualizado: {nombre}", extra, tour_id=tour_id, nombre=nombre, precio=precio)


def tour_eliminado(tour_id: str, nombre: str, **extra: Any) -> Notification:
    """Tour eliminado."""
    return _evento("tour_eliminado", f"Tour eliminado: {nombre}", extra, tour_id=tour_id, nombre=nombre)


def servicio_creado(servicio_id: str, nombre: str, precio: Optional[float] = None, **extra: Any) -> Notification:
    """Servicio nuevo."""
    return _evento(
        "servicio_creado", f"Nuevo servicio: {nombre}", extra, servicio_id=servicio_id, nombre=nombre, precio=precio
    )


def servicio_actualizado(servicio_id: str, nombre: str, precio: Optional[float] = None, **extra: Any) -> Notification:
    """Servicio modificado."""
    return _evento(
        "servicio_actualizado", f"Servicio actualizado: {nombre}", extra,
        servicio_id=servicio_id, nombre=nombre, precio=precio,
    )  # fmt: skip


def servicio_eliminado(servicio_id: str, nombre: str, **extra: Any) -> Notification:
    """Servicio eliminado."""
    return _evento("servicio_eliminado", f"Servicio eliminado: {nombre}", extra, servicio_id=servicio_id, nombre=nombre)


def destino_creado(destino_id: str, nombre: str, pais: Optional[str] = None, **extra: Any) -> Notification:
    """Destino nuevo."""
    return _evento("destino_creado", f"Nuevo destino: {nombre}", extra, destino_id=destino_id, nombre=nombre, pais=pais)


def destino_actualizado(destino_id: str, nombre: str, pais: Optional[str] = None, **extra: Any) -> Notification:
    """Destino modificado."""
    return _evento(
        "destino_actualizado", f"Destino actualizado: {nombre}", extra, destino_id=destino_id, nombre=nombre, pais=pais
    )


def destino_eliminado(destino_id: str, nombre: str, **extra: Any) -> Notification:
    """Destino eliminado."""
    return _evento("destino_eliminado", f"Destino eliminado: {nombre}", extra, destino_id=destino_id, nombre=nombre)


def guia_creado(guia_id: str, nombre: str, idiomas: "Optional[list[str]]" = None, **extra: Any) -> Notification:
    """Guía nuevo."""
    return _evento("guia_creado", f"Nuevo guía: {nombre}", extra, guia_id=guia_id, nombre=nombre, idiomas=idiomas)


def guia_actualizado(guia_id: str, nombre: str, idiomas: "Optional[list[str]]" = None, **extra: Any) -> Notification:
    """Guía modificado."""
    return _evento("guia_actualizado", f"Guía actualizado: {nombre}", extra, guia_id=guia_id, nombre=nombre, idiomas=idiomas)


def guia_eliminado(guia_id: str, nombre: str, **extra: Any) -> Notification:
    """Guía eliminado."""
    return _evento("guia_eliminado", f"Guía eliminado: {nombre}", extra, guia_id=guia_id, nombre=nombre)


#: All nineteen, by type.
EVENTOS = {
    build.__name__: build
    for build in (
        usuario_registrado, usuario_inicio_sesion,
        reserva_creada, reserva_actualizada, reserva_cancelada,
        servicio_contratado, recomendacion_creada,
        tour_creado, tour_actualizado, tour_eliminado,
        servicio_creado, servicio_actualizado, servicio_eliminado,
        destino_creado, destino_actualizado, destino_eliminado,
        guia_creado, guia_actualizado, guia_eliminado,
    )
}  # fmt: skip
