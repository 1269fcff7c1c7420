"""The use cases of templates: load, decide, save, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ..chassis import paging
from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from . import repository
from .kinds import Data, sample_of
from .models import (
    Letter,
    PreviewInput,
    Template,
    TemplateInput,
    locales_for,
    require_kind,
)
from .rendering import render

LIST: Final = "templates"


async def list_page(database: Database, query: paging.PageQuery) -> paging.Page[Template]:
    after = paging.decode(LIST, query.cursor, str) if query.cursor else " "
    key, _, locale = after.partition(" ")
    async with database.connection() as tx:
        rows = await repository.list_after(tx, key, locale, query.limit + 1)
    return paging.page(
        rows, query.limit, lambda last: paging.encode(LIST, f"{last.key} {last.locale}")
    )


async def change(database: Database, key: str, said: TemplateInput, *, by: str) -> Template:
    """Make the next version, once it has shown that it works; raises TemplateError, NotFound."""
    require_kind(key)
    render(said, sample_of(key))
    async with database.transaction() as tx:
        await repository.lock(tx, key, said.locale)
        before = await repository.find(tx, key, [said.locale])
        made = Template(
            key=key,
            version=before.version + 1 if before else 1,
            created_at=datetime.now(UTC),
            created_by=by,
            **said.model_dump(),
        )
        await repository.add(tx, [made])
    return made


async def preview(database: Database, key: str, said: PreviewInput) -> Letter:
    """What a mail would be; raises TemplateError, NotFound."""
    require_kind(key)
    async with database.connection() as tx:
        used = await in_use(tx, key, said.locale)
    return render(said.over(used), {**sample_of(key), **said.data})


async def fill(tx: Transaction, key: str, locale: str | None, data: Data) -> Letter:
    """The letter that the version in use makes of this; raises TemplateError, NotFound."""
    return render(await in_use(tx, key, locale), data)


async def in_use(tx: Transaction, key: str, locale: str | None) -> Template:
    found = await repository.find(tx, key, locales_for(locale))
    if found is None:
        raise NotFound(f"no template {key} in a language for {locale}")
    return found
