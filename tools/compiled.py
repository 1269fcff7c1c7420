"""`python -m tools.compiled SERVICE`: the service as its image has it, compiled, in .venv-compiled.

`nox -s compiled` tests it there, and `nox -s bench` measures it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools import ROOT, working_tree

ENVIRONMENT: Final = ROOT / ".venv-compiled"
PYTHON: Final = ENVIRONMENT / "bin" / "python"
LOCK: Final = "requirements.lock"
COMPILERS: Final = ("cc", "gcc", "clang")


def main(arguments: Sequence[str] | None = None) -> int:
    """Install it, or only say what is lacking for that; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.compiled", description=__doc__)
    parser.add_argument("service", help="its folder in the repository")
    parser.add_argument("--lacking", action="store_true", help="install nothing")
    options = parser.parse_args(arguments)
    if options.lacking:
        print(lacking())
    else:
        install(ROOT / options.service)
    return 0


def lacking() -> str:
    """What this machine needs to compile anything, as a sentence; nothing if it can."""
    if os.name == "nt":
        return "Compiled services are for Linux and macOS"
    if not any(map(shutil.which, COMPILERS)):
        return f"There is no C compiler ({', '.join(COMPILERS)}) on the PATH"
    header = Path(sysconfig.get_path("include"), "Python.h")
    return "" if header.exists() else f"{header} is missing: install Python's headers"


def install(service: Path) -> None:
    """Compile it anew only if anything changed that goes into it."""
    made_of, wanted = ENVIRONMENT / "made-of", _digest(service)
    if made_of.exists() and made_of.read_text() == wanted:
        return
    print(f"Compiling {service.name}, which takes a minute ...", flush=True)
    _uv("venv", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    into = ("--python", str(PYTHON))
    _uv("pip", "sync", *into, LOCK)
    with tempfile.TemporaryDirectory() as folder:
        _uv("build", "--wheel", "--no-build-isolation", *into, "--out-dir", folder, str(service))
        _uv("pip", "install", "--no-deps", *into, *map(str, Path(folder).glob("*.whl")))
    made_of.write_text(wanted)


def _digest(service: Path) -> str:
    """Of its sources and of the versions of all that compiles them."""
    parts = [service / name for name in ("src", "pyproject.toml", "hatch_build.py")]
    names = working_tree.files(ROOT, LOCK, *map(str, parts))
    said = hashlib.sha256(sys.version.encode())
    for name in names:
        said.update(name.as_posix().encode() + b"\0" + (ROOT / name).read_bytes())
    return said.hexdigest()


def _uv(*arguments: str) -> None:
    found = shutil.which("uv")
    if found is None:
        sys.exit("uv is missing: use nox, which brings it")
    # Bytecode as well, as in the image: who has to make it first holds 5 MiB for it ever after.
    compiled = {**os.environ, "HATCH_BUILD_HOOKS_ENABLE": "true", "UV_COMPILE_BYTECODE": "1"}
    subprocess.run(
        [found, arguments[0], "--quiet", *arguments[1:]], cwd=ROOT, env=compiled, check=True
    )


if __name__ == "__main__":
    sys.exit(main())
