"""What the mail catcher is told by its environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MailSettings(BaseSettings):
    """Where it takes mail, where it shows it, and how much of it it keeps."""

    model_config = SettingsConfigDict(env_prefix="MAIL_", frozen=True)

    host: str = "127.0.0.1"
    smtp_port: int = 0
    http_port: int = 0
    kept: int = Field(default=10_000, ge=1)
