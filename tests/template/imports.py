"""Imports of a rendered service that lead to nothing that was rendered."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple


class Module(NamedTuple):
    """What a file says: the names that it binds, and its imports with the dots before each."""

    bound: frozenset[str]
    imported: tuple[tuple[int, str], ...]


@cache  # most files of one service are the same bytes in the next
def read(text: str) -> Module:
    """Raises SyntaxError for what is no Python."""
    nodes = list(ast.walk(ast.parse(text)))
    return Module(
        bound=frozenset(name for node in nodes for name in _bound(node)),
        imported=tuple(found for node in nodes for found in _imported(node)),
    )


def missing(files: Mapping[str, str]) -> Iterator[str]:
    """Each import from the service's own packages that finds no module and no name in one."""
    paths = {path: read(text) for path, text in files.items() if path.endswith(".py")}
    modules = {_name(path): module for path, module in paths.items()}
    own = {name.partition(".")[0] for name in modules}
    reachable = {f"{name}.{one}" for name, module in modules.items() for one in module.bound}
    reachable.update(modules)
    for path, module in paths.items():
        for dots, said in module.imported:
            wanted = ".".join(filter(None, [_package(path, dots), said]))
            if wanted.partition(".")[0] in own and wanted not in reachable:
                yield f"{path}: {wanted}"


def _name(path: str) -> str:
    parts = PurePosixPath(path.removeprefix("src/")).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _package(path: str, dots: int) -> str:
    """What the dots of a relative import in this file stand for."""
    above = PurePosixPath(path.removeprefix("src/")).parts
    return ".".join(above[: len(above) - dots]) if dots else ""


def _imported(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        yield from ((0, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = f"{node.module}." if node.module else ""
        yield from ((node.level, base + alias.name) for alias in node.names)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
