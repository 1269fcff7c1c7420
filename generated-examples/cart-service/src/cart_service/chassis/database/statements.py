"""Statements as spans: what was asked and how long it took, without the values."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from asyncpg.connection import LoggedQuery

from ..tracing import Attribute, Span, Tracing

_LONGEST: Final = 2000
# A literal in a statement is a value that was not passed as a parameter: '…', $$…$$, 12.5
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|(?<![\w$.])\d+(?:\.\d+)?", re.S)


class Statements:
    """A query logger for asyncpg's connections."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def __call__(self, query: LoggedQuery) -> None:
        text = without_values(query.query)
        operation = text.partition(" ")[0].rstrip(";").upper()
        attributes: dict[str, Attribute] = {
            "db.system.name": "postgresql",
            "db.namespace": query.conn_params.database,
            "db.operation.name": operation,
            "db.query.text": text,
        }
        error = type(query.exception).__name__ if query.exception else None
        self._tracing.ended(Span(operation, "client", attributes, error), query.elapsed)


@lru_cache(maxsize=1000)
def without_values(sql: str) -> str:
    """The statement in one line, with a question mark for each literal."""
    return " ".join(_LITERAL.sub("?", sql).split())[:_LONGEST]
