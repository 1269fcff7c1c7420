"""The only entry for work: `nox`, or `python3 noxfile.py` where nox or uv is missing."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path


def bootstrap() -> None:
    """Run nox on this file; where nox or uv is missing, put both into .bootstrap/ first."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is to read the next line
        sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    pins = ["nox==2026.10.20", "uv==0.13.9"]
    folder = Path(__file__).resolve().parent / ".bootstrap"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    python, uv, done = str(programs / "python"), shutil.which("uv"), folder / "done"
    if uv and importlib.util.find_spec("nox"):
        python = sys.executable
    elif not (os.path.exists(python) and done.exists() and done.read_text().split() == pins):
        print("Setting up nox and uv in .bootstrap/ ...", flush=True)
        make = [sys.executable, "-m", "venv", "--clear", str(folder)]
        fill = [python, "-m", "pip", "--disable-pip-version-check", "install", "-qq", *pins]
        if uv:
            make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
            fill = [uv, "pip", "install", "--quiet", "--python", python, *pins]
        if subprocess.run(make, stdout=subprocess.DEVNULL).returncode:
            sys.exit(
                "Python's venv module is missing or broken: Debian and Ubuntu have it in the "
                "package python3-venv; or install uv, which needs none"
            )
        if subprocess.run(fill).returncode:
            sys.exit("nox and uv could not be installed; the lines above say why")
        done.write_text(" ".join(pins))
    os.environ["PATH"] = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    os.environ.setdefault("UV_PYTHON", sys.executable)
    command = [python, "-m", "nox", "--noxfile", __file__, *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(command).returncode)
    os.execv(python, command)


if __name__ == "__main__":
    try:
        bootstrap()
    except KeyboardInterrupt:  # what was begun is begun anew the next time
        sys.exit(130)

import nox  # noqa: E402 - it may have come with bootstrap()

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "none"  # the sessions share .venv, see environment()
nox.options.sessions = ["lint", "tests"]

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"


@nox.session
def lint(session: nox.Session) -> None:
    """The code is formatted, linted and typed, imports point down, contracts are kept."""
    python = environment(session)
    session.run(python, "-m", "ruff", "format", "--check", "--quiet")
    session.run(python, "-m", "ruff", "check", "--quiet")
    session.run(python, "-m", "mypy")
    imports = str(Path(python).with_name("lint-imports"))
    session.run(imports, "--no-cache", "--no-logo", env={"PYTHONPATH": "src"})
    session.run(python, "-m", "dev.contracts", "--check")


@nox.session
def tests(session: nox.Session) -> None:
    """The service does what it promises, on real servers."""
    session.run(environment(session), "-m", "pytest", *session.posargs)


@nox.session(default=False)
def contracts(session: nox.Session) -> None:
    """contracts/ says what the published events look like; no promise in it is broken."""
    session.run(environment(session), "-m", "dev.contracts", *session.posargs)


@nox.session(name="format", default=False)
def reformat(session: nox.Session) -> None:
    """The code is formatted, and mended where the linter can."""
    python = environment(session)
    session.run(python, "-m", "ruff", "format", "--quiet")
    session.run(python, "-m", "ruff", "check", "--quiet", "--fix")


@nox.session(default=False)
def dev(session: nox.Session) -> None:
    """The service runs on servers of its own, and again after every change, until ^C."""
    python = environment(session)
    session.run(python, "-m", "dev", *session.posargs, interrupt_timeout=30, terminate_timeout=10)


@nox.session(default=False)
def template(session: nox.Session) -> None:
    """No file of the template was changed by hand since the last `copier copy` or `update`."""
    uv = uv_of(session)
    copier = ("--no-project", "--with", "copier>=9.19,<10")
    session.run(uv, "run", "--quiet", *copier, "python", "-m", "dev.template")


def environment(session: nox.Session) -> str:
    """Bring the one environment of all sessions up to date; the answer is its Python."""
    uv = uv_of(session)
    if not ENVIRONMENT.exists():
        session.log("Preparing .venv ...")
    session.run(
        *(uv, "sync", "--quiet", "--all-groups"),
        env={
            "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT),
            "UV_PYTHON": os.environ.get("UV_PYTHON", sys.executable),
            "VIRTUAL_ENV": None,
        },
    )
    return str(ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def uv_of(session: nox.Session) -> str:
    uv = shutil.which("uv") or os.environ.get("UV")
    if uv is None:
        session.error("uv is missing: install it, or use `python3 noxfile.py`, which brings it")
    return uv
