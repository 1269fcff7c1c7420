"""Every SQL statement about templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..chassis.database import Transaction
from .models import Template

_LOCKS: Final = 727_101


async def lock(tx: Transaction, key: str, locale: str) -> None:
    """Let one transaction at a time make the next version of this template."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", f"{key} {locale}", _LOCKS
    )


async def find(tx: Transaction, key: str, locales: Iterable[str]) -> Template | None:
    """The version in use, in the first of these languages that there is."""
    row = await tx.fetchrow(
        """
        SELECT * FROM templates WHERE key = $1 AND locale = ANY ($2::text[])
        ORDER BY array_position($2::text[], locale), version DESC LIMIT 1
        """,
        key,
        list(locales),
    )
    return Template(**row) if row else None


async def list_after(tx: Transaction, key: str, locale: str, limit: int) -> list[Template]:
    """The versions in use, by key and language."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (key, locale) * FROM templates WHERE (key, locale) > ($1, $2)
        ORDER BY key, locale, version DESC LIMIT $3
        """,
        key,
        locale,
        limit,
    )
    return [Template(**row) for row in rows]


async def add(tx: Transaction, templates: Sequence[Template]) -> None:
    """Add these versions, but for those that are there already."""
    await tx.executemany(
        """
        INSERT INTO templates (key, locale, version, subject, text, html, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
        """,
        [
            (
                one.key,
                one.locale,
                one.version,
                one.subject,
                one.text,
                one.html,
                one.created_at,
                one.created_by,
            )
            for one in templates
        ],
    )
