import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from product_service.chassis.settings import (
    Configuration,
    Misconfigured,
    ServiceSettings,
    Settings,
)


class BankSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="BANK_")

    url: SecretStr
    branches: list[int] = Field(default_factory=list)
    country: str = Field(default="DE", max_length=2, validation_alias="COUNTRY")


class KeySettings(Settings):
    signing_key: SecretStr


@pytest.fixture(autouse=True)
def sound_environment(bare_environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    bare_environment.setenv("BANK_URL", "https://bank.example")
    bare_environment.setenv("SIGNING_KEY", "g8Hq2LxV0aZ7pRtY")
    return bare_environment


def problems() -> dict[str, str]:
    with pytest.raises(Misconfigured) as raised:
        Configuration([ServiceSettings, BankSettings, KeySettings])
    return raised.value.problems


def test_a_setting_is_the_variable_of_its_prefix_and_name() -> None:
    configuration = Configuration([BankSettings])

    assert configuration[BankSettings].url.get_secret_value() == "https://bank.example"


def test_a_list_is_written_with_commas(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.setenv("BANK_BRANCHES", "1, 2,3")

    assert Configuration([BankSettings])[BankSettings].branches == [1, 2, 3]


def test_every_wrong_variable_is_reported_at_once(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.setenv("PORT", "high")
    sound_environment.setenv("BANK_BRANCHES", "1,two")
    sound_environment.delenv("BANK_URL")
    sound_environment.delenv("SIGNING_KEY")

    assert set(problems()) == {"PORT", "BANK_BRANCHES", "BANK_URL", "SIGNING_KEY"}


def test_a_variable_with_a_name_of_its_own_is_reported_by_it(
    sound_environment: pytest.MonkeyPatch,
) -> None:
    sound_environment.setenv("COUNTRY", "Germany")

    assert set(problems()) == {"COUNTRY"}


def test_an_empty_variable_is_missing(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.setenv("SIGNING_KEY", "")

    assert problems() == {"SIGNING_KEY": "is missing"}


@pytest.mark.parametrize("secret", ["changeme", "secret", "short", "aaaaaaaaaaaaaaaaaaaa"])
def test_production_refuses_a_weak_secret(
    sound_environment: pytest.MonkeyPatch, secret: str
) -> None:
    sound_environment.setenv("ENVIRONMENT", "production")
    sound_environment.setenv("SIGNING_KEY", secret)

    assert list(problems()) == ["SIGNING_KEY"]


def test_production_refuses_a_weak_password_in_a_url(
    sound_environment: pytest.MonkeyPatch,
) -> None:
    sound_environment.setenv("ENVIRONMENT", "production")
    sound_environment.setenv("BANK_URL", "https://teller:password@bank.example")

    assert list(problems()) == ["BANK_URL"]


def test_production_is_the_default(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.delenv("ENVIRONMENT")
    sound_environment.setenv("SIGNING_KEY", "secret")

    assert list(problems()) == ["SIGNING_KEY"]


def test_development_takes_any_secret(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.setenv("SIGNING_KEY", "secret")

    Configuration([KeySettings])


def test_a_problem_never_shows_the_value(sound_environment: pytest.MonkeyPatch) -> None:
    sound_environment.setenv("ENVIRONMENT", "production")
    sound_environment.setenv("SIGNING_KEY", "hunter2")
    sound_environment.setenv("PORT", "hunter2")

    assert "hunter2" not in str(problems())


def test_a_secret_is_not_printed() -> None:
    assert "g8Hq2LxV0aZ7pRtY" not in repr(Configuration([KeySettings])[KeySettings])
