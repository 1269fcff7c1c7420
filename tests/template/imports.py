"""Imports of a rendered service that lead to nothing that was rendered."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath


def missing(files: Mapping[str, str]) -> Iterator[str]:
    """Each import from the service's own packages that finds no module and no name in one."""
    trees = {_module(path): ast.parse(text) for path, text in files.items() if path.endswith(".py")}
    own = {module.partition(".")[0] for module in trees}
    names = {module: {module, *_bound(module, tree)} for module, tree in trees.items()}
    reachable = set(trees).union(*names.values())
    for path, text in files.items():
        if path.endswith(".py"):
            for wanted in _imported(path, ast.parse(text)):
                if wanted.partition(".")[0] in own and wanted not in reachable:
                    yield f"{path}: {wanted}"


def _module(path: str) -> str:
    parts = PurePosixPath(path.removeprefix("src/")).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: str, tree: ast.Module) -> Iterator[str]:
    """The full names of what a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, [_package(path, node.level), node.module]))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _package(path: str, level: int) -> str:
    """What the dots of a relative import in this file stand for."""
    above = PurePosixPath(path.removeprefix("src/")).parts
    return ".".join(above[: len(above) - level]) if level else ""


def _bound(module: str, tree: ast.Module) -> Iterator[str]:
    """The full names that a module binds at its top."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{module}.{node.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield f"{module}.{node.id}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"{module}.{alias.asname or alias.name}" for alias in node.names)
