"""What the settings say of clients is what the data plane goes by."""

import pytest

from gateway.app import create_app
from gateway.plane.plane import Plane, Timeouts


def test_the_patience_with_clients_is_as_it_was_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CLIENT_HEAD_SECONDS", "1")
    environment.setenv("CLIENT_IDLE_SECONDS", "2")
    environment.setenv("CLIENT_WRITE_SECONDS", "3")

    assert create_app().resource(Plane).timeouts == Timeouts(head=1, idle=2, write=3)
