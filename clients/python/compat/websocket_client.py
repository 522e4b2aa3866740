"""Copy this file beside your application to keep ``from websocket_client import notificar_usuario_registrado``.

It needs the package: ``pip install ./clients/python``, and PULPO_URL and PULPO_TOKEN in the environment.
"""

from pulpo.turismo import *  # noqa: F401,F403
from pulpo.turismo import __all__  # noqa: F401
