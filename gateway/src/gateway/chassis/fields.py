"""Types for the fields of models, safe to store."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

# One line of text for people.  PostgreSQL stores no NUL, and a name has no other control character.
Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
