import ast
from pathlib import Path

import pytest

from tools import ROOT

OURS, RENDERED = ROOT / "noxfile.py", ROOT / "template" / "noxfile.py"


def bootstrap(noxfile: Path) -> str:
    """The source of the function that brings nox and uv."""
    source = noxfile.read_text()
    [function] = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "bootstrap"
    ]
    text = ast.get_source_segment(source, function)
    assert text is not None
    return text


def test_the_repository_and_a_rendered_service_bootstrap_alike() -> None:
    assert bootstrap(OURS) == bootstrap(RENDERED)


@pytest.mark.parametrize("noxfile", [OURS, RENDERED], ids=["ours", "rendered"])
def test_every_session_says_what_it_proves(noxfile: Path) -> None:
    sessions = [
        node
        for node in ast.parse(noxfile.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]

    assert sessions
    assert all(ast.get_docstring(session) for session in sessions)


def test_nothing_locked_names_an_index() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()
