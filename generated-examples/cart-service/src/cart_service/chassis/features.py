"""What this service is made of; change it with `copier update`."""

from . import (
    chaos,
    client,
    cors,
    database,
    health,
    idempotency,
    jobs,
    openapi,
    registry,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="cart-service",
    template_version="0.1.0",
    features=[
        client,
        health,
        database,
        jobs,
        idempotency,
        registry,
        openapi,
        chaos,
        cors,
    ],
)
