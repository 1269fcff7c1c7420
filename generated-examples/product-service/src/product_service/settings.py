"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from .chassis.settings import Settings


class OwnSettings(Settings):
    """Add a field, `page_title: str`, and PAGE_TITLE becomes a variable that must be set."""
