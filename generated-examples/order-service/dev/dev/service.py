"""`python -m dev`: this one service with reload, on servers of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dev.console import colour_hint
from dev.databases import Database
from dev.errors import CannotStart
from dev.folders import held_folder
from dev.needs import needs_database, needs_redis, needs_secret
from dev.passwords import Passwords
from dev.ports import LOOPBACK, require_free
from dev.postgres import cluster_in, postgres_unit
from dev.probes import http
from dev.processes import end_with_parent
from dev.project import Project, read_project
from dev.reload import reload_on_change
from dev.supervisor import Supervisor
from dev.tokens import auth_settings, developer_token, shared_secret
from dev.units import Unit
from dev.valkey import keyspace_in, valkey_unit

_REGISTRY_URL = "http://127.0.0.1:8001"
_WATCHED = ("src", "migrations")


def main() -> int:
    """Run the service in the current folder until ^C; the answer is the exit code."""
    end_with_parent()
    try:
        project = read_project(Path.cwd())
        with held_folder(project.folder / ".dev") as data:
            return asyncio.run(_run(project, data, os.environ))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the supervisor listens, nothing has been started
        return 0


async def _run(project: Project, data: Path, environment: Mapping[str, str]) -> int:
    port = _port(project, environment)
    require_free({project.name: port}, advice="stop what listens there, or set PORT to another")
    passwords = Passwords.kept_in(data)
    servers, urls = _servers(project, data, passwords, environment)
    secrets = auth_settings(shared_secret(passwords)) if needs_secret(project.features) else {}
    env = {**_defaults(project, port), **urls, **secrets, **environment}
    service = _service_unit(project, port, env, after=[server.name for server in servers])
    watched = [project.folder / name for name in _WATCHED if (project.folder / name).is_dir()]
    supervisor = Supervisor(
        "dev", [*servers, service], policies={project.name: reload_on_change(watched)}
    )

    async def report() -> None:
        supervisor.console.show(_report(env))

    return await supervisor.run(on_ready=report)


def _port(project: Project, environment: Mapping[str, str]) -> int:
    text = environment.get("PORT", str(project.port))
    if not text.isdecimal():
        raise CannotStart(f"PORT must be a number, not {text!r}")
    return int(text)


def _servers(
    project: Project, data: Path, passwords: Passwords, environment: Mapping[str, str]
) -> tuple[list[Unit], dict[str, str]]:
    """The servers that the service needs and the user has not got, and how it reaches them."""
    units: list[Unit] = []
    urls: dict[str, str] = {}
    if needs_database(project.features) and "DATABASE_URL" not in environment:
        database = Database(project.package, passwords.of(project.package))
        cluster = cluster_in(data, passwords)
        units.append(postgres_unit(cluster, [database]))
        urls["DATABASE_URL"] = database.url(cluster.admin_url)
    if needs_redis(project.features) and "REDIS_URL" not in environment:
        keyspace = keyspace_in(data, passwords)
        units.append(valkey_unit(keyspace))
        urls["REDIS_URL"] = keyspace.url
    return units, urls


def _defaults(project: Project, port: int) -> dict[str, str]:
    defaults = {
        "ENVIRONMENT": "development",
        "HOST": LOOPBACK,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "SERVICE_URL": f"http://{LOOPBACK}:{port}",
    }
    registry = {"REGISTRY_URL": _REGISTRY_URL} if "registry" in project.features else {}
    return defaults | registry | colour_hint(sys.stdout)


def _service_unit(project: Project, port: int, env: Mapping[str, str], after: list[str]) -> Unit:
    return Unit(
        name=project.name,
        argv=[sys.executable, "-m", project.package],
        env=env,
        folder=project.folder,
        after=after,
        ready=http(port, "/health/ready"),
    )


def _report(env: Mapping[str, str]) -> str:
    url = f"http://{LOOPBACK}:{env['PORT']}"
    lines = [f"    URL       {url}", f"    Health    {url}/health"]
    if "REGISTRY_URL" in env:
        lines.append(f"    Registry  {env['REGISTRY_URL']} (joined whenever it answers)")
    if "AUTH_SECRET" in env:
        lines.append(f"    Token     {developer_token(env['AUTH_SECRET'], 'admin')}")
    return "\n".join(["", *lines, "    Stop      ^C", ""])
