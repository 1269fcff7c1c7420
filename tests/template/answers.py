"""Answers to the template's questions, drawn from copier.yml itself."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from tools.render import Source

Strategy = st.SearchStrategy[Any]

_JINJA = Environment(  # noqa: S701 - sentences, not HTML
    undefined=StrictUndefined,
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],  # as copier has it
)

_WORD = r"[a-z][a-z0-9]{0,8}"
_VERSION = r"(~=|==|>=|<=|!=|<|>)[1-9][0-9]?\.[0-9]{1,2}"

_REQUIREMENTS: Strategy = st.lists(
    st.from_regex(
        rf"[A-Za-z0-9]{{1,8}}(\[[a-z]{{1,5}}\])?({_VERSION}(,{_VERSION})?)?", fullmatch=True
    ),
    max_size=3,
    unique=True,
)

_TYPE = rf"{_WORD}(\.[a-z]{{1,5}}(_[a-z]{{1,5}})?){{2}}\.v[1-9]"

# What no list of choices says; copier.yml's own validators take out what it refuses.
_WRITTEN: dict[str, Strategy] = {
    "service_name": st.from_regex(rf"{_WORD}(-[a-z0-9]{{1,8}}){{0,4}}", fullmatch=True),
    "description": st.text(max_size=210)
    | st.from_regex(r"[A-Z][a-z]{1,9}( [a-z,'#:%&-]{1,9}){0,20}\.", fullmatch=True),
    "resource": st.just("") | st.from_regex(rf"{_WORD}(_[a-z0-9]{{1,8}}){{0,2}}", fullmatch=True),
    "port": st.integers(0, 70_000),
    "dependencies": _REQUIREMENTS,
    "test_dependencies": _REQUIREMENTS,
    "compiled": st.lists(
        st.from_regex(rf"!?{_WORD}/({_WORD}|\*)\.py", fullmatch=True), max_size=3, unique=True
    ),
    "system": st.from_regex(_WORD, fullmatch=True),
    "publishes": st.lists(st.from_regex(_TYPE, fullmatch=True), max_size=3, unique=True),
    "consumes": st.lists(
        st.from_regex(rf"{_WORD}(-[a-z]{{1,5}})?/{_TYPE}", fullmatch=True), max_size=3, unique=True
    ),
}


_DEPENDING = {"publishes", "consumes"}  # whose validators look at other answers


def answers(source: Source) -> st.SearchStrategy[dict[str, Any]]:
    """Answers that copier.yml accepts; what is left out is answered by its default."""
    drawn = {name: _accepted(source, name) for name in source.questions}
    required = {"service_name": drawn.pop("service_name")}
    return st.fixed_dictionaries(required, optional=drawn).map(
        lambda said: _consistent(source, said)
    )


def complaint(source: Source, name: str, answer: object, **others: object) -> str:
    """What the question's own validator says about an answer; nothing if it accepts it."""
    template = _JINJA.from_string(source.questions[name].get("validator", ""))
    return template.render({**_kept(source), **others, name: answer}).strip()


def _accepted(source: Source, name: str) -> Strategy:
    drawn = _strategy(name, source.questions[name])
    if name in _DEPENDING:
        return drawn
    return drawn.filter(lambda answer: not complaint(source, name, answer))


def _consistent(source: Source, said: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the answers before it rule out."""
    features = source.questions["features"]["default"]
    before = {"features": features, **said}
    refused = [
        name for name in _DEPENDING & said.keys() if complaint(source, name, said[name], **before)
    ]
    return {name: answer for name, answer in said.items() if name not in refused}


def _strategy(name: str, question: Mapping[str, Any]) -> Strategy:
    if "choices" in question:
        choices = question["choices"]
        one = st.sampled_from(list(choices.values() if isinstance(choices, dict) else choices))
        return st.lists(one, unique=True) if question.get("multiselect") else one
    if name not in _WRITTEN:
        raise LookupError(f"copier.yml asks for {name!r}: say here how to draw an answer")
    return _WRITTEN[name]


def _kept(source: Source) -> dict[str, Any]:
    """What copier.yml keeps for its validators: reserved names, the form of a requirement."""
    return {
        name: value["default"]
        for name, value in source.configuration.items()
        if name.startswith(("reserved", "requirement"))
    }
