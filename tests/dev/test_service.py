"""`python -m dev` in the folder of a service."""

import base64
import hmac
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dev.ports import LOOPBACK, free_port

LIMIT = 30
TEMPLATE = Path(__file__).resolve().parents[2] / "template"

# Says which version it is, then answers every GET. Versions differ in length, because Python
# takes a source of the same length and second for the one that it has compiled before.
SERVICE = """
import http.server, os
print("this is version {version}", flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
PROJECT = """
[tool.service]
name = "orders"
package = "orders"
port = {port}
features = ["{feature}"]
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def source(tmp_path: Path, port: int) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(port=port, feature="registry"))
    file = tmp_path / "src" / "orders" / "__main__.py"
    file.parent.mkdir(parents=True)
    file.write_text(SERVICE.format(version=1))
    return file


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dev"],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join([str(TEMPLATE), str(folder / "src")]), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    with process:
        try:
            yield process
        finally:
            limit.cancel()
            process.terminate()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """The output up to the line with the text; fails when the output ends before."""
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if text in line:
            return output
    raise AssertionError(f"no {text!r} in {output}")


def test_it_says_where_the_service_is(source: Path, port: int) -> None:
    with running(source.parents[2]) as process:
        output = read_until(process, "Stop")

    url = f"http://{LOOPBACK}:{port}"
    assert f"    URL       {url}\n    Health    {url}/health\n" in output
    assert "    Registry  http://127.0.0.1:8001" in output


def test_a_service_that_verifies_tokens_gets_a_secret_and_its_developer_a_token(
    source: Path, port: int
) -> None:
    folder = source.parents[2]
    (folder / "pyproject.toml").write_text(PROJECT.format(port=port, feature="auth"))
    source.write_text(
        "import os\nprint('AUTH_SECRET =', os.environ['AUTH_SECRET'], flush=True)"
        + SERVICE.format(version=1)
    )

    with running(folder, REDIS_URL="redis://127.0.0.1:9/0") as process:
        output = read_until(process, "Stop")

    [secret] = re.findall(r"AUTH_SECRET = (\S{32,})\n", output)
    [head, signature] = re.findall(r"    Token     (\S+\.\S+)\.(\S+)\n", output)[0]
    expected = hmac.digest(secret.encode(), head.encode(), "sha256")
    assert base64.urlsafe_b64decode(signature + "=") == expected
    assert stat.S_IMODE((folder / ".dev" / "passwords.json").stat().st_mode) == 0o600


def test_a_change_of_the_source_reloads_the_service(source: Path) -> None:
    with running(source.parents[2]) as process:
        read_until(process, "Stop")
        source.write_text(SERVICE.format(version="two"))

        output = read_until(process, "this is version two")

    assert "orders > __main__.py has changed: reload\n" in output


def test_a_service_that_cannot_start_waits_for_the_next_change(source: Path) -> None:
    with running(source.parents[2]) as process:
        read_until(process, "Stop")
        source.write_text("def (")
        read_until(process, "it waits for a change of its source")
        source.write_text(SERVICE.format(version="three"))

        read_until(process, "this is version three")


def test_an_interrupt_is_the_normal_end(source: Path) -> None:
    with running(source.parents[2]) as process:
        read_until(process, "Stop")
        process.send_signal(signal.SIGINT)
        read_until(process, "stopped cleanly")

        assert process.wait(LIMIT) == 0


def test_a_port_in_use_is_named(source: Path, port: int) -> None:
    with socket.create_server((LOOPBACK, port)), running(source.parents[2]) as process:
        output = read_until(process, "in use")

        assert process.wait(LIMIT) == 1
    assert output.startswith(f"Port {port} for orders is in use: ")


def test_a_folder_without_a_service_is_said(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        read_until(process, "is not a service: it has no pyproject.toml")

        assert process.wait(LIMIT) == 1
