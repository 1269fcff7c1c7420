"""What this service is made of; change it with `copier update`."""

from . import (
    health,
)
from .application import Blueprint

BLUEPRINT = Blueprint(
    name="gateway",
    template_version="0.1.0",
    features=[
        health,
    ],
)
