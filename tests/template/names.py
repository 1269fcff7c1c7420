"""Names that a service or its resource cannot have, because something else has them."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from distributions import brought_by, packages
from requirements import group

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOUN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def required(pyproject: Path) -> list[str]:
    """What a project asks for, for itself and for its development."""
    project = tomllib.loads(pyproject.read_text())
    return [*project["project"]["dependencies"], *group(project, "dev")]


def taken_by(requirements: Iterable[str]) -> set[str]:
    """The names of the distributions that come with these, and of the packages in them."""
    brought = brought_by(requirements)
    within = set[str]().union(*(packages()[one] for one in brought))
    names = {one.replace("-", "_").replace(".", "_") for one in brought}
    return names | {one for one in within if _NOUN.fullmatch(one)}


def beside(noun: str, code: str) -> set[str]:
    """The nouns that, in place of this one, would clash with another name in the code.

    A variable clashes with what its function uses, a name of the module with the whole module.
    """
    tree = ast.parse(code)
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    variables = [set(_within(function)) for function in functions]
    clashing = set().union(*(names for names in variables if noun in names))
    names = set(_names(tree))
    if noun in set(_bound(tree)):
        clashing |= names
    if _title(noun) in names:
        classes = {name for name in names if not name.isupper()}
        clashing |= {_snake(name) for name in classes if name == _title(_snake(name))}
    return {name for name in clashing if _NOUN.fullmatch(name) and not name.startswith(noun)}


def _within(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for node in (function.args, *function.body):
        yield from _names(node)


def _names(tree: ast.AST) -> Iterator[str]:
    """Every name that is bound or read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        else:
            yield from _bound(node)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that the statements of a module bind, or that one of them does."""
    match node:
        case ast.Module(body=body):
            for statement in body:
                yield from _bound(statement)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name


def _title(noun: str) -> str:
    return noun.replace("_", " ").title().replace(" ", "")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
