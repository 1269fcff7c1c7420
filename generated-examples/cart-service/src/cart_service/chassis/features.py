"""What this service is made of; change it with `copier update`."""

from . import (
    database,
    health,
    registry,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="cart-service",
    template_version="0.1.0",
    features=[
        database,
        health,
        registry,
    ],
)
