"""What this service is made of; change it with `copier update`."""

from . import (
    auth,
    chaos,
    client,
    cors,
    database,
    events,
    health,
    idempotency,
    jobs,
    openapi,
    ratelimit,
    registry,
    valkey,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="user-service",
    template_version="0.1.0",
    features=[
        client,
        health,
        database,
        jobs,
        idempotency,
        valkey,
        auth,
        events,
        registry,
        ratelimit,
        openapi,
        chaos,
        cors,
    ],
)
