"""What this service is made of; change it with `copier update`."""

from . import (
    auth,
    chaos,
    client,
    cors,
    health,
    openapi,
    ratelimit,
    valkey,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="gateway",
    template_version="0.1.0",
    features=[
        client,
        health,
        valkey,
        auth,
        ratelimit,
        openapi,
        chaos,
        cors,
    ],
)
