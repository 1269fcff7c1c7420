"""A service as its image has it, compiled; `nox -s compiled` compiles one."""

from pathlib import Path

import pytest

from tools import compiled


def test_who_has_no_compiler_reads_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    code = compiled.main(["gateway", "--lacking"])

    assert code == 0
    assert capsys.readouterr().out == "There is no C compiler (cc, gcc, clang) on the PATH\n"


def test_who_has_no_headers_of_python_reads_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cc").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / name))

    compiled.main(["gateway", "--lacking"])

    missing = tmp_path / "include" / "Python.h"
    assert capsys.readouterr().out == f"{missing} is missing: install Python's headers\n"
