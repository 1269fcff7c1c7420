"""What the service must be told before it takes money."""

import pytest

from order_service.chassis.settings import Configuration, Misconfigured
from order_service.settings import PaymentSettings


def test_a_development_machine_needs_no_settings(bare_environment: pytest.MonkeyPatch) -> None:
    settings = PaymentSettings()

    assert settings.provider == "fakepay"
    assert settings.webhook_secrets


def test_everything_that_is_missing_in_production_is_named(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    bare_environment.setenv("ENVIRONMENT", "production")

    with pytest.raises(Misconfigured) as wrong:
        Configuration([PaymentSettings])

    assert wrong.value.problems == {
        "PAYMENTS_PROVIDER": "is missing",
        "PAYMENTS_URL": "is missing",
        "PAYMENTS_API_KEY": "is missing",
        "PAYMENTS_WEBHOOK_SECRETS": "is missing",
    }


def test_each_secret_of_webhooks_must_be_long(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("PAYMENTS_WEBHOOK_SECRETS", "whsec_that_is_long_enough,short")

    with pytest.raises(Misconfigured, match="PAYMENTS_WEBHOOK_SECRETS"):
        Configuration([PaymentSettings])
