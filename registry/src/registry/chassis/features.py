"""What this service is made of; change it with `copier update`."""

from . import (
    chaos,
    client,
    cors,
    health,
    openapi,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="registry",
    template_version="0.1.0",
    features=[
        client,
        health,
        openapi,
        chaos,
        cors,
    ],
)
