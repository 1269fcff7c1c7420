import pytest

from product_service.chassis.auth import AuthSettings
from product_service.chassis.settings import Configuration, Misconfigured

from .fixtures_auth import SECRET

PRODUCTION = {
    "ENVIRONMENT": "production",
    "AUTH_JWKS_URL": "https://users.example/.well-known/jwks.json",
    "AUTH_ISSUER": "https://users.example",
    "AUTH_AUDIENCE": "shop",
}


def problems(environment: pytest.MonkeyPatch, **settings: str) -> dict[str, str]:
    for name, value in settings.items():
        environment.setenv(name, value)
    with pytest.raises(Misconfigured) as raised:
        Configuration([AuthSettings])
    return raised.value.problems


def test_in_development_a_secret_is_enough(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("AUTH_SECRET", SECRET)

    settings = Configuration([AuthSettings])[AuthSettings]

    assert settings.issuer == "development"
    assert settings.audience == {"development"}


def test_a_secret_of_less_than_32_bytes_is_refused(bare_environment: pytest.MonkeyPatch) -> None:
    found = problems(bare_environment, AUTH_SECRET="x" * 31)

    assert found["AUTH_SECRET"] == "must be at least 32 bytes long"


def test_without_any_key_the_issuer_s_is_missing(bare_environment: pytest.MonkeyPatch) -> None:
    assert problems(bare_environment) == {"AUTH_JWKS_URL": "is missing"}


def test_production_takes_the_keys_of_a_named_issuer(bare_environment: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        bare_environment.setenv(name, value)

    assert Configuration([AuthSettings])[AuthSettings].audience == {"shop"}


def test_production_refuses_a_shared_secret(bare_environment: pytest.MonkeyPatch) -> None:
    found = problems(bare_environment, **PRODUCTION, AUTH_SECRET=SECRET)

    assert found == {"AUTH_SECRET": "is for development only: production needs AUTH_JWKS_URL"}


def test_production_names_its_issuer_and_its_audience(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    found = problems(bare_environment, **PRODUCTION | {"AUTH_ISSUER": "", "AUTH_AUDIENCE": ""})

    assert found == {"AUTH_ISSUER": "is missing", "AUTH_AUDIENCE": "is missing"}


@pytest.mark.parametrize("name", ["AUTH_TOKEN_URL", "AUTH_CLIENT_SECRET"])
def test_a_token_endpoint_and_its_secret_come_together(
    bare_environment: pytest.MonkeyPatch, name: str
) -> None:
    found = problems(bare_environment, **PRODUCTION, **{name: "https://users.example/a-token"})

    assert found == {"AUTH_CLIENT_SECRET": "is needed where AUTH_TOKEN_URL is, and only there"}
