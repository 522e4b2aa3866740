"""FastAPI with notifications: `uvicorn fastapi_app:app --port 8000` with PULPO_URL and PULPO_TOKEN set."""

from contextlib import asynccontextmanager
from typing import AsyncIterator
from uuid import uuid4

from fastapi import BackgroundTasks, FastAPI
from pydantic import BaseModel

from pulpo import AsyncPulpoClient, RetryPolicy
from pulpo.turismo import configurar, notificar_reserva_creada, notificar_usuario_registrado


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    # One client for the life of the application: its connections are reused and closed at the end.
    async with AsyncPulpoClient(timeout=1.0, retry=RetryPolicy(attempts=3, base=0.1, total=2.0)) as client:
        configurar(client=client)
        yield


app = FastAPI(lifespan=lifespan)


class Registro(BaseModel):
    nombre: str
    email: str
    rol: str = "turista"


class Reserva(BaseModel):
    usuario_id: str
    tour: str
    personas: int = 1


@app.post("/usuarios/register", status_code=201)
async def registrar(registro: Registro) -> "dict[str, object]":
    usuario_id = uuid4().hex  # here: save it to the database first
    notificado = await notificar_usuario_registrado(usuario_id, registro.nombre, registro.email, registro.rol)
    return {"id": usuario_id, "notificado": notificado}


@app.post("/reservas", status_code=201)
async def reservar(reserva: Reserva, tareas: BackgroundTasks) -> "dict[str, str]":
    reserva_id = uuid4().hex
    # After the answer has gone out: the caller does not wait for the notification at all.
    tareas.add_task(
        notificar_reserva_creada, reserva_id, reserva.usuario_id, reserva.tour, personas=reserva.personas
    )
    return {"id": reserva_id}
