"""The stack command, with stand-ins for the services."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from dev.ports import LOOPBACK, free_port
from dev.postgres import running_postgres
from dev.processes import command_line

LIMIT = 30
REPOSITORY = Path(__file__).resolve().parents[2]

# Answers every GET with its environment, and that it is ready and has its place in the registry.
SERVICE = """
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404 if self.path == "/docs" else 200)
        self.end_headers()
        answer = {"registry": {"status": "ok"}, **os.environ}
        self.wfile.write(json.dumps(answer, separators=(",", ":")).encode())
    def log_message(self, *_):
        pass
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
STACKFILE = """
shared:
  registry: {{port: {0}, features: []}}
  gateway: {{port: {1}, features: []}}
services:
  user-service:
    port: {2}
    resource: user
    features: [database, registry]
    environment:
      MAIL_URL: "{{url:mail}}"
      KEPT_IN: "{{url:valkey}}"
      MAIL_SECRET: "{{secret:mail}}"
      CLIENTS: "{{hashes:client}}"
  order-service:
    port: {3}
    features: [database, cache, auth]
    environment: {{CLIENT_SECRET: "{{secret:client-{{name}}}}"}}
outside:
  mail:
    beside: user-service
    module: mail
    ports: {{http: {4}, smtp: {5}}}
    environment:
      {{HOST: 127.0.0.1, PORT: "{{port:mail}}", SMTP: "{{port:mail.smtp}}", KEY: "{{secret:mail}}"}}
"""
SEED = """
from dev.errors import CannotStart
from tools.sowing import Sown

async def sow(ground):
    ground.say("sowing at " + ground.gateway)

def sown(ground, *, fresh):
    user = {"email": "a@shop.example", "password": ground.secret("a")}
    return Sown({"customer": user}, ["echo a first step"], fresh=fresh)
"""
MAIN = """
import sys
from pathlib import Path
from tools.stack import main
sys.exit(main(sys.argv[2:], Path(sys.argv[1])))
"""
PLACES = (
    "registry",
    "gateway",
    "generated-examples/user-service",
    "generated-examples/order-service",
)


@pytest.fixture
def ports() -> list[int]:
    return [free_port() for _ in (*PLACES, "mail", "mail.smtp")]


@pytest.fixture
def root(tmp_path: Path, ports: list[int]) -> Path:
    (tmp_path / "stack.yml").write_text(STACKFILE.format(*ports))
    for place in PLACES:
        package = tmp_path / place / Path(place).name.replace("-", "_")
        package.mkdir(parents=True)
        (package / "__init__.py").touch()  # else an installed package of that name would win
        (package / "__main__.py").write_text(SERVICE)
    (tmp_path / "generated-examples" / "user-service" / "mail.py").write_text(SERVICE)
    return tmp_path


@dataclass(frozen=True)
class Stack:
    """A running stack, and what it has told the scripts."""

    process: subprocess.Popen[str]
    description: dict[str, Any]

    @property
    def pids(self) -> list[int]:
        described = self.description["services"] | self.description["shared"]
        return [service["pid"] for service in described.values()]

    def environment(self, service: str) -> dict[str, str]:
        answer = httpx.get(self.description["services"][service]["url"], timeout=LIMIT)
        return dict(answer.json())

    def interrupt(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        output, _ = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, output


def start(root: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, str(root), *options],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(root: Path, *options: str, **environment: str) -> Iterator[Stack]:
    description = root / "stack.json"
    description.unlink(missing_ok=True)
    with start(root, "--describe", str(description), *options, **environment) as process:
        try:
            wait(lambda: description.exists() or process.poll() is not None)
            assert description.exists(), process.communicate()[0]
            yield Stack(process, json.loads(description.read_text()))
        finally:
            process.terminate()


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def login(stack: Stack) -> str:
    return str(stack.description["redis_url"]).partition("@")[0]


def gone(pids: Sequence[int]) -> bool:
    return not any(command_line(pid) for pid in pids)


def test_an_interrupt_is_the_normal_end(root: Path) -> None:
    with running(root) as stack:
        code, output = stack.interrupt()

    assert code == 0
    assert output.splitlines()[-1].endswith("> stopped cleanly")
    assert gone(stack.pids)


def test_what_runs_where_is_shown_when_all_is_ready(root: Path, ports: list[int]) -> None:
    with running(root) as stack:
        _, output = stack.interrupt()

    gateway, user = (f"http://{LOOPBACK}:{port}" for port in ports[1:3])
    assert "All 4 services are ready after " in output
    assert f"user-service   {user}  {user}/health\n" in output
    assert f"  curl {gateway}/api/v1/users\n" in output


def test_the_description_is_for_its_owner_alone(root: Path) -> None:
    with running(root):
        mode = stat.S_IMODE((root / "stack.json").stat().st_mode)

    assert mode == 0o600


def test_the_description_says_where_everything_is(root: Path, ports: list[int]) -> None:
    with running(root) as stack:
        told = stack.description

    urls = [f"http://{LOOPBACK}:{port}" for port in ports]
    assert [told["registry"], told["gateway"]] == urls[:2]
    assert [service["url"] for service in told["services"].values()] == urls[2:4]
    assert told["redis_url"].startswith("redis://")
    assert told["tokens"] == {}


def test_a_port_for_the_gateway_moves_the_rest_to_free_ports(root: Path, ports: list[int]) -> None:
    port = free_port()

    with socket.create_server((LOOPBACK, ports[0])), running(root, "--port", str(port)) as stack:
        told = stack.description

    assert told["gateway"] == f"http://{LOOPBACK}:{port}"
    assert told["registry"] != f"http://{LOOPBACK}:{ports[0]}"


def test_a_service_gets_what_its_features_need_and_nothing_of_the_users_shell(root: Path) -> None:
    with running(root, SECRET_KEY="of the user") as stack:
        user, order = map(stack.environment, ("user-service", "order-service"))

    assert user["DATABASE_URL"] == stack.description["services"]["user-service"]["database_url"]
    assert user["REGISTRY_URL"] == stack.description["registry"]
    assert "REDIS_URL" not in user
    assert order["REDIS_URL"] == stack.description["redis_url"]
    assert "REGISTRY_URL" not in order
    assert len(order["AUTH_SECRET"].encode()) >= 32
    assert "AUTH_SECRET" not in user
    assert "SECRET_KEY" not in user | order


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_role_of_one_service_may_not_enter_the_database_of_another(root: Path) -> None:
    with running(root) as stack:
        url = stack.description["services"]["user-service"]["database_url"]
        other = url.rpartition("/")[0] + "/order_service"

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(other, timeout=LIMIT)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_servers_of_the_user_are_used_where_they_are_given(root: Path) -> None:
    async with running_postgres() as server:
        given = {"DATABASE_URL": server.admin_url, "REDIS_URL": f"redis://{LOOPBACK}:1/0"}
        with running(root, **given) as stack:
            told = stack.description

        url = told["services"]["user-service"]["database_url"]
        connection = await asyncpg.connect(url, timeout=LIMIT)
        await connection.close()
    assert urlsplit(url).port == urlsplit(server.admin_url).port
    assert told["redis_url"] == given["REDIS_URL"]


def with_seed(root: Path, seed: str) -> dict[str, str]:
    """The stack.yml names this module; the environment that it is found in."""
    file = root / "stack.yml"
    file.write_text(file.read_text() + "seed: crop")
    (root / "crop.py").write_text(seed)
    return {"PYTHONPATH": str(root)}


def test_a_new_stack_is_filled_once_and_shows_its_passwords_once(root: Path) -> None:
    environment = with_seed(root, SEED)
    options = ("--data", str(root / "data"))

    with running(root, *options, **environment) as stack:
        _, first = stack.interrupt()
    with running(root, *options, **environment) as again:
        _, second = again.interrupt()

    password = stack.description["users"]["customer"]["password"]
    assert [output.count("sowing at http") for output in (first, second)] == [1, 0]
    assert [output.count(password) for output in (first, second)] == [1, 0]
    assert [output.count("\necho a first step\n") for output in (first, second)] == [1, 1]
    assert again.description["users"] == stack.description["users"]


def test_a_stack_that_cannot_be_filled_says_so_and_runs_all_the_same(root: Path) -> None:
    environment = with_seed(root, SEED.replace('ground.say("', 'raise CannotStart("no '))

    with running(root, **environment) as stack:
        code, output = stack.interrupt()

    assert "> the stack stays empty: no sowing at http" in output
    assert (code, stack.description["users"]) == (0, {})


def test_replicas_are_processes_of_their_own_that_are_described_with_their_service(
    root: Path, ports: list[int]
) -> None:
    with running(root, "--replicas", "2") as stack:
        told = stack.description["services"]["order-service"]
        answers = [httpx.get(one["url"], timeout=LIMIT).json() for one in told["replicas"]]
        code, output = stack.interrupt()

    assert [one["SERVICE_URL"] for one in answers] == [one["url"] for one in told["replicas"]]
    assert (told["url"], told["pid"]) == tuple(told["replicas"][0].values())
    assert len({answer["PORT"] for answer in answers}) == 2
    assert len({answer["DATABASE_URL"] for answer in answers}) == 1
    assert len(stack.description["shared"]) == 2
    assert "All 4 services, in 6 processes, are ready after " in output
    assert (code, gone([one["pid"] for one in told["replicas"]])) == (0, True)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_that_takes_too_few_connections_is_refused(root: Path) -> None:
    async with running_postgres() as server:
        with start(root, "--replicas", "20", DATABASE_URL=server.admin_url) as process:
            output, _ = process.communicate(timeout=LIMIT)

    assert process.returncode == 1
    assert "may open 400 connections, and the PostgreSQL at DATABASE_URL takes 200" in output


def test_a_setting_of_one_run_is_for_every_service_or_for_one(root: Path) -> None:
    with running(root, "--set", "LOG_LEVEL=debug", "--set", "mail:PORT={port:mail}") as stack:
        user, order = map(stack.environment, ("user-service", "order-service"))
        mail = httpx.get(stack.description["mail"], timeout=LIMIT).json()

    assert (user["LOG_LEVEL"], order["LOG_LEVEL"]) == ("debug", "debug")
    assert "LOG_LEVEL" not in mail
    assert mail["PORT"] == stack.description["mail"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("log_level=debug", 2, "write WHICH:NAME=VALUE, or NAME=VALUE for all"),
        ("ship-service:PORT=1", 1, "--set: there is no ship-service; there are gateway, mail,"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(
    root: Path, setting: str, code: int, said: str
) -> None:
    with start(root, "--set", setting) as process:
        output, _ = process.communicate(timeout=LIMIT)

    assert process.returncode == code
    assert said in output


def test_what_is_no_number_of_replicas_is_refused(root: Path) -> None:
    with start(root, "--replicas", "0") as process:
        output, _ = process.communicate(timeout=LIMIT)

    assert process.returncode == 2
    assert "write a number from 1 to 20, not '0'" in output


def test_a_port_in_use_is_named_with_who_wants_it_and_what_to_do(
    root: Path, ports: list[int]
) -> None:
    with socket.create_server((LOOPBACK, ports[2])), start(root) as process:
        output, _ = process.communicate(timeout=LIMIT)

    assert process.returncode == 1
    assert output == (
        f"Port {ports[2]} for user-service is in use: "
        "stop what listens there, or move the stack with `-- --port N`\n"
    )


def test_several_ports_in_use_are_named_in_one_sentence(root: Path, ports: list[int]) -> None:
    registry, gateway = (socket.create_server((LOOPBACK, port)) for port in ports[:2])
    with registry, gateway, start(root) as process:
        output, _ = process.communicate(timeout=LIMIT)

    taken = f"Ports {ports[0]} for registry and {ports[1]} for gateway are in use: "
    assert output.startswith(taken)


def test_a_service_that_fails_is_named_with_its_last_lines(root: Path) -> None:
    (root / "gateway/gateway/__main__.py").write_text("raise SystemExit('no routes')")

    with start(root) as process:
        output, _ = process.communicate(timeout=LIMIT)

    assert process.returncode == 1
    assert "    no routes\n" in output
    assert output.endswith("stopped, because gateway ended with 1 before it was ready\n")


def test_a_service_that_crashes_comes_back_and_is_described_again(root: Path) -> None:
    with running(root) as stack:
        crashed = stack.description["services"]["user-service"]["pid"]
        os.kill(crashed, signal.SIGKILL)

        wait(lambda: str(crashed) not in (root / "stack.json").read_text())


def test_passwords_and_data_last_in_a_folder_that_is_kept(root: Path) -> None:
    with running(root, "--data", str(root / "data")) as stack:
        stack.interrupt()
    with running(root, "--data", str(root / "data")) as again:
        pass

    passwords = root / "data" / "passwords.json"
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert login(again) == login(stack)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of our death")
def test_nothing_survives_a_killed_stack(root: Path) -> None:
    with running(root) as stack:
        stack.process.kill()

        wait(lambda: gone(stack.pids))


def test_a_service_is_known_to_another_by_the_hash_of_its_own_secret(root: Path) -> None:
    with running(root) as stack:
        user, order = map(stack.environment, ("user-service", "order-service"))

    known = dict(one.split("=") for one in user["CLIENTS"].split(","))
    assert known["order-service"] == sha256(order["CLIENT_SECRET"].encode()).hexdigest()
    assert len(set(known.values())) == 2


def test_who_has_the_keys_of_an_issuer_gets_no_shared_secret(root: Path) -> None:
    file = root / "stack.yml"
    secret = 'CLIENT_SECRET: "{secret:client-{name}}"'
    file.write_text(file.read_text().replace(secret, "AUTH_JWKS_URL: http://127.0.0.1:9"))

    with running(root) as stack:
        order = stack.environment("order-service")

    assert "AUTH_SECRET" not in order


def test_what_stands_outside_runs_too_and_shares_a_secret_with_a_service(
    root: Path, ports: list[int]
) -> None:
    with running(root) as stack:
        service = stack.environment("user-service")
        mail = httpx.get(stack.description["mail"], timeout=LIMIT).json()

    assert service["MAIL_URL"] == f"http://{LOOPBACK}:{ports[4]}"
    assert service["KEPT_IN"] == stack.description["redis_url"]
    assert mail["SMTP"] == str(ports[5])
    assert mail["KEY"] == service["MAIL_SECRET"] != ""
