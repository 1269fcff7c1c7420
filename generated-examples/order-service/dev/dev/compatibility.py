"""Whether what is written by one JSON Schema can be read by another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Json = Mapping[str, Any]  # Any: JSON

_LOWEST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME: Final = ("pattern", "multipleOf", "uniqueItems")


class Kind(StrEnum):
    """What keeps a reader from reading."""

    NEEDED = "needed"  # it wants a field that the writer does not have
    UNKNOWN = "unknown"  # it would take such a field
    MISSING = "missing"  # it wants a field that the writer may leave out
    REFUSED = "refused"  # it takes no field that it does not know
    TYPE = "type"
    VALUE = "value"


@dataclass(frozen=True)
class Fault:
    """Where a reader and a writer do not meet, with the words of each."""

    kind: Kind
    place: str
    written: str = ""
    read: str = ""


def unreadable(written: Json, read: Json) -> list[Fault]:
    """Everything in the schema of the reader that the writer's does not promise."""
    return list(_Comparison(written, read).faults(written, read, "", frozenset()))


class _Comparison:
    def __init__(self, written: Json, read: Json) -> None:
        self._written: Json = written.get("$defs", {})
        self._read: Json = read.get("$defs", {})

    def faults(
        self, written: Json, read: Json, place: str, above: frozenset[tuple[str, str]]
    ) -> Iterator[Fault]:
        pair = (str(written.get("$ref")), str(read.get("$ref")))
        if "$ref" in written and pair in above:  # a model that contains itself
            return
        choices = _choices(read, self._read)
        for one in _choices(written, self._written):
            tried = [list(self._single(one, other, place, above | {pair})) for other in choices]
            if [] in tried:
                continue
            alike = [
                found
                for found, other in zip(tried, choices, strict=True)
                if one.get("type") == other.get("type")
            ]
            words = Fault(Kind.TYPE, place, _words(one), " or ".join(map(_words, choices)))
            yield from alike[0] if len(alike) == 1 else [words]

    def _single(
        self, written: Json, read: Json, place: str, above: frozenset[tuple[str, str]]
    ) -> Iterator[Fault]:
        if "type" in read and not _is_of_type(written, read):
            yield Fault(Kind.TYPE, place, _words(written), _words(read))
            return
        yield from _values(written, read, place)
        yield from self._fields(written, read, place, above)
        for keyword, mark in (("items", "[]"), ("additionalProperties", ".*")):
            here, there = written.get(keyword), read.get(keyword)
            if isinstance(here, Mapping) and isinstance(there, Mapping):
                yield from self.faults(here, there, place + mark, above)

    def _fields(
        self, written: Json, read: Json, place: str, above: frozenset[tuple[str, str]]
    ) -> Iterator[Fault]:
        here, there = written.get("properties", {}), read.get("properties", {})
        for name, field in there.items():
            at = f"{place}.{name}".removeprefix(".")
            required = name in read.get("required", ())
            if name not in here:
                yield Fault(Kind.NEEDED if required else Kind.UNKNOWN, at)
                continue
            if required and name not in written.get("required", ()):
                yield Fault(Kind.MISSING, at)
            yield from self.faults(here[name], field, at, above)
        if read.get("additionalProperties") is False:
            for name in here.keys() - there.keys():
                yield Fault(Kind.REFUSED, f"{place}.{name}".removeprefix("."))


def _choices(schema: Json, definitions: Json) -> Sequence[Json]:
    """The schemas of which a value must fit one, with what they refer to."""
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **schema}
    several = schema.get("anyOf") or schema.get("oneOf")
    if several:
        return [one for choice in several for one in _choices(choice, definitions)]
    types = schema.get("type")
    return [{**schema, "type": one} for one in types] if isinstance(types, list) else [schema]


def _is_of_type(written: Json, read: Json) -> bool:
    types = (written.get("type"), read["type"])
    formats_meet = read.get("format") in (None, written.get("format"))
    return formats_meet and (types[0] == types[1] or types == ("integer", "number"))


def _values(written: Json, read: Json, place: str) -> Iterator[Fault]:
    """Values that are written and not read."""
    here, there = _enumerated(written), _enumerated(read)
    if there is not None:
        lost = "any value" if here is None else ", ".join(v for v in here if v not in there)
        if lost:
            yield Fault(Kind.VALUE, place, lost, ", ".join(there))
    for keywords, sign in ((_LOWEST, -1), (_HIGHEST, 1)):
        for keyword in keywords:
            if keyword in read and (
                keyword not in written or sign * written[keyword] > sign * read[keyword]
            ):
                yield _bound(keyword, written, read, place)
    for keyword in _SAME:
        if keyword in read and read[keyword] != written.get(keyword):
            yield _bound(keyword, written, read, place)


def _bound(keyword: str, written: Json, read: Json, place: str) -> Fault:
    before = f"{keyword} {written[keyword]}" if keyword in written else f"no {keyword}"
    return Fault(Kind.VALUE, place, before, f"{keyword} {read[keyword]}")


def _enumerated(schema: Json) -> list[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else [str(value) for value in values]


def _words(schema: Json) -> str:
    kind = str(schema.get("type", "anything"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind
