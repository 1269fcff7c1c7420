"""What this service is made of; change it with `copier update`."""

from . import (
    auth,
    cache,
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
    name="product-service",
    template_version="0.1.0",
    features=[
        client,
        health,
        database,
        jobs,
        idempotency,
        valkey,
        auth,
        cache,
        events,
        registry,
        ratelimit,
        openapi,
        chaos,
        cors,
    ],
)
