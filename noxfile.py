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
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else hundreds of processes compile it all again

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")


@nox.session
def lint(session: nox.Session) -> None:
    """All code is formatted, linted and typed, imports point down, lock and contracts are right."""
    python = environment(session)
    session.run(python, "-m", "ruff", "format", "--check", "--quiet")
    session.run(python, "-m", "ruff", "check", "--quiet")
    session.run(python, "-m", "mypy")
    session.run(python, "-m", "tools.lock", "--check")
    session.run(python, "-m", "tools.contracts", "--check")
    for service in services_here():
        with session.chdir(service):
            # By full paths: in the one cache, files of two services may have one name and time.
            parts = [service / "src", service / "tests", service / "dev"]
            parts += service.glob("hatch_build.py")
            cache = f"--cache-dir={ROOT / '.mypy_cache'}"
            session.run(python, "-m", "mypy", cache, *map(str, parts))
            imports = str(PROGRAMS / "lint-imports")
            session.run(imports, "--no-cache", "--no-logo", env={"PYTHONPATH": "src"}, silent=True)


@nox.session
def template(session: nox.Session) -> None:
    """Any answers render a sound service; updates keep what is the user's; the tools work."""
    python = environment(session)
    options = ("--ignore=tests/system", "-n", "2", "--dist", "loadfile")
    session.run(python, "-m", "pytest", *options, *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """Every rendered file in the repository is what the template renders today."""
    session.run(environment(session), "-m", "tools.regenerate", "--check")


@nox.session
def services(session: nox.Session) -> None:
    """Each service does what it promises, on real servers.

    tests/chassis is the same bytes in all of them, which `drift` shows, and `template` runs it for
    every combination of features.
    """
    python = environment(session)
    most_first = sorted(services_here(), key=lambda one: -len([*one.glob("tests/*/test_*.py")]))
    tests = (python, "-m", "pytest", "--ignore=tests/chassis", "--quiet", *session.posargs)
    session.run(python, "-m", "tools.side_by_side", *map(str, most_first), "--", *tests)


@nox.session
def compiled(session: nox.Session) -> None:
    """The gateway does what it promises as its image runs it, its hot path compiled."""
    install = (environment(session), "-m", "tools.compiled", "gateway")
    if lacking := str(session.run(*install, "--lacking", silent=True)).strip():
        session.skip(lacking)
    session.run(*install)
    python = str(ROOT / ".venv-compiled" / "bin" / "python")
    parts = [f"tests/{part}" for part in ("admission", "balance", "plane", "proxy")]
    with session.chdir("gateway"):
        session.run(
            python, "-c", "from gateway.wire import request as one; assert '.so' in str(one)"
        )
        options = ("--quiet", "-n", "2", "--dist", "loadfile")
        session.run(python, "-m", "pytest", *options, *parts, *session.posargs)


@nox.session
def system(session: nox.Session) -> None:
    """The running stack answers through the gateway, and recovers when a part of it dies."""
    python = environment(session)
    longest = ("shop/test_killed.py", "test_registry_away.py", "test_events_under_chaos.py")
    paths = [f"tests/system/{one}" for one in (*longest, "")]  # so that nobody waits for them last
    # Two stacks, which mostly wait.
    options = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    session.run(python, "-m", "pytest", *paths, *options, *session.posargs)


@nox.session(default=False)
def stack(session: nox.Session) -> None:
    """All services run together on real servers and answer through the gateway, until ^C."""
    if os.name == "nt":
        session.error("there is no Valkey for Windows: run the stack in WSL2")
    python = environment(session)
    # The stack stops its services one after another; nox would kill it after half a second.
    session.run(
        python,
        *("-m", "tools.stack", *session.posargs),
        interrupt_timeout=30,
        terminate_timeout=10,
    )


@nox.session(default=False)
def tour(session: nox.Session) -> None:
    """A customer buys something, and all that comes of it comes: events, mails, live messages."""
    if os.name == "nt":
        session.error("there is no Valkey for Windows: take the tour in WSL2")
    python = environment(session)
    session.run(
        python,
        *("-m", "tools.tour", *session.posargs),
        interrupt_timeout=30,
        terminate_timeout=10,
    )


@nox.session(default=False)
def chaos(session: nox.Session) -> None:
    """No order half done, no event lost, no request failed; `-- events` or `registry` is a part."""
    session.run(environment(session), "-m", "tools.chaos", *session.posargs)


@nox.session(default=False)
def load(session: nox.Session) -> None:
    """The shop serves people who come at a steady rate, whatever the others do, and stays sound."""
    session.run(
        *(environment(session), "-m", "tools.load", *session.posargs),
        interrupt_timeout=60,
        terminate_timeout=10,
    )


@nox.session(default=False)
def examples(session: nox.Session) -> None:
    """stack.yml is rendered into registry/, gateway/ and generated-examples/, and locked."""
    python = environment(session)
    session.run(python, "-m", "tools.regenerate", *session.posargs)
    if "--check" not in session.posargs:
        session.run(python, "-m", "tools.lock")
        environment(session)  # a new service is there at once, for its tests


@nox.session(default=False)
def contracts(session: nox.Session) -> None:
    """The contracts of published events are written; a change that breaks one is refused."""
    session.run(environment(session), "-m", "tools.contracts", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """requirements.lock holds exact versions of everything; `-- --upgrade` takes the newest."""
    session.run(environment(session), "-m", "tools.lock", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Figures side by side with the peers, as ratios of one run; `-- requests` is one suite."""
    python, peers = environment(session), ROOT / ".venv-peers"
    session.run("uv", "venv", "--quiet", "--clear", "--python", python, str(peers))
    wanted = ["-r", "tools/bench/apps/requirements.txt", "-e", "generated-examples/order-service"]
    session.run("uv", "pip", "install", "--quiet", "--python", str(peers), *wanted)
    session.run(
        *(python, "-m", "tools.bench", str(peers / PROGRAMS.name / "python")), *session.posargs
    )


def services_here() -> list[Path]:
    """The folder of every rendered service in the repository."""
    projects = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("generated-examples/*/pyproject.toml")]
    return [project.parent for project in sorted(projects)]


def environment(session: nox.Session) -> str:
    """Bring the one environment of all sessions up to date; the answer is its Python."""
    uv = shutil.which("uv") or os.environ.get("UV")
    if uv is None:
        session.error("uv is missing: install it, or use `python3 noxfile.py`, which brings it")
    python = str(PROGRAMS / ("python.exe" if os.name == "nt" else "python"))
    if not Path(python).exists():
        session.log("Preparing .venv ...")
        wanted = os.environ.get("UV_PYTHON", sys.executable)
        session.run(uv, "venv", "--quiet", "--clear", "--python", wanted, str(ENVIRONMENT))
    sync = (uv, "pip", "sync", "--quiet", "--python", python, "requirements.lock")
    # Most times all of it is here: that takes no network, and a fifth of the time.
    if subprocess.run([*sync, "--offline"], cwd=ROOT, stderr=subprocess.DEVNULL).returncode:
        session.run(*sync)
    return python
