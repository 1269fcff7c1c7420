"""What an operator does at the command line."""

import io
import sys
from collections.abc import Callable

import pytest

from user_service.chassis.application import Application
from user_service.chassis.resource import CannotStart

from tests.people import PASSWORD, Service


@pytest.fixture
def operator(
    service: Service, create_app: Callable[[], Application], monkeypatch: pytest.MonkeyPatch
) -> Application:
    """The same service as another process sees it, with a password at its standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    return create_app()


async def test_an_enrolled_user_signs_in_at_once_and_has_the_roles(
    service: Service, operator: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await operator.commands["enrol"](["root@example.com", "--role", "admin"])

    root = await service.signed_in("root@example.com")
    assert code == 0
    assert root.claims["roles"] == ["admin"]
    assert root.id in capsys.readouterr().out
    assert len(await service.published("user.registered")) == 1
    assert len(await service.published("user.roles_changed")) == 1


async def test_an_address_is_enrolled_once(service: Service, operator: Application) -> None:
    await service.user("ada@example.com")

    with pytest.raises(CannotStart, match=r"ada@example\.com already"):
        await operator.commands["enrol"](["ada@example.com"])


async def test_a_weak_password_is_not_enrolled(
    operator: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))

    with pytest.raises(CannotStart, match="at least 12 characters"):
        await operator.commands["enrol"](["ada@example.com"])


async def test_what_is_no_address_is_not_enrolled(operator: Application) -> None:
    with pytest.raises(CannotStart, match="email"):
        await operator.commands["enrol"](["nonsense"])


async def test_an_admitted_service_client_s_secret_is_printed_and_works(
    service: Service, operator: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    await operator.commands["service-client"](["admit", "order-service"])
    secret = capsys.readouterr().out.strip().splitlines()[-1]

    granted = await service.http.post(
        "/v1/auth/service-token",
        json={"audience": "product-service"},
        auth=("order-service", secret),
    )

    assert granted.status_code == 200


async def test_an_unknown_service_client_cannot_be_dismissed(operator: Application) -> None:
    with pytest.raises(CannotStart, match="no service client nobody"):
        await operator.commands["service-client"](["dismiss", "nobody"])
