"""The templates that the service brings along: `texts/<locale>.toml`, a table for each mail.

They are the first versions; where somebody has made another one, they stay behind it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final, Self

from ..chassis.database import Database
from ..chassis.resource import Resource
from . import repository
from .models import Template

FOLDER: Final = Path(__file__).with_name("texts")
_PAGE: Final = "{{ pages_url }}"
_LINK: Final = re.compile(r"^(\{\{ (?:pages|unsubscribe)_url \}\}.*)$", re.MULTILINE)


class Seeds(Resource):
    """Sees at the start that every mail has a template."""

    name: ClassVar[str] = "templates"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        async with self._database.transaction() as tx:
            await repository.add(tx, list(seeds()))
        return self


def seeds() -> Iterator[Template]:
    now = datetime.now(UTC)
    for path in sorted(FOLDER.glob("*.toml")):
        for key, said in tomllib.loads(path.read_text(encoding="utf-8")).items():
            yield Template(
                key=key,
                locale=path.stem,
                version=1,
                subject=said["subject"],
                text=_as_text(said["text"]),
                html=_as_html(said["text"]),
                created_at=now,
                created_by="notification-service",
            )


def _as_text(said: str) -> str:
    first, *others = _paragraphs(said)
    return "".join([first, *(_shown(one, f"\n\n{one}") for one in others), "\n"])


def _as_html(said: str) -> str:
    """The same words in paragraphs; a line that is a link becomes one."""
    return "".join(_shown(one, f"<p>{_linked(one)}</p>\n") for one in _paragraphs(said))


def _paragraphs(said: str) -> list[str]:
    return said.strip().split("\n\n")


def _shown(paragraph: str, written: str) -> str:
    """A link to a page of the shop is shown where it has pages."""
    return f"{{% if pages_url %}}{written}{{% endif %}}" if _PAGE in paragraph else written


def _linked(paragraph: str) -> str:
    return _LINK.sub(r'<a href="\1">\1</a>', paragraph).replace("\n", "<br>\n")
