"""Settings for one run of the stack: `--set NAME=VALUE` is for every service, and
`--set WHICH:NAME=VALUE` for one of them, or for a thing outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dev.errors import CannotStart
from tools.outside import Outside
from tools.stackfile import Entry, Stackfile

_FORM = re.compile(r"(?:([a-z0-9-]+):)?([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)

Thing = TypeVar("Thing", Entry, Outside)


@dataclass(frozen=True)
class Override:
    """One environment variable; `which` is None where it is for every service."""

    which: str | None
    name: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Override:
        """Raises ValueError with a sentence."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"write WHICH:NAME=VALUE, or NAME=VALUE for all, not {text!r}")
        return cls(*found.groups())


def overridden(stackfile: Stackfile, overrides: Sequence[Override]) -> Stackfile:
    """The same stack with these settings; raises CannotStart for what is no part of it."""
    known = [one.name for one in stackfile.entries] + [one.name for one in stackfile.outside]
    if strangers := {one.which for one in overrides if one.which} - {*known}:
        told = ", ".join(sorted(known))
        raise CannotStart(
            f"--set: there is no {' and no '.join(sorted(strangers))}; there are {told}"
        )
    return replace(
        stackfile,
        shared=tuple(_set(entry, overrides, None) for entry in stackfile.shared),
        services=tuple(_set(entry, overrides, None) for entry in stackfile.services),
        outside=tuple(_set(thing, overrides) for thing in stackfile.outside),
    )


def _set(thing: Thing, overrides: Sequence[Override], *also: str | None) -> Thing:
    own = {one.name: one.value for one in overrides if one.which in (thing.name, *also)}
    return replace(thing, environment={**thing.environment, **own})
