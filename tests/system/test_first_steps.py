"""What a new stack invites to: the walk that it prints, pasted into a shell, and the tour."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import ROOT

from .conftest import Stack

LIMIT = 60


def tour(description: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    options = ["--at", str(description), "--seconds", str(seconds)]
    return subprocess.run(
        [sys.executable, "-m", "tools.tour", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )


def test_the_printed_walk_leads_line_by_line_to_a_paid_order_and_its_mail(stack: Stack) -> None:
    log = stack.description.with_name("stack.log").read_text()
    walk = log.partition("\nTry:\n\n")[2].partition("\n\nStop: ^C\n")[0]

    walked = subprocess.run(["sh"], input=walk, capture_output=True, text=True, timeout=LIMIT)

    assert walked.stderr == ""
    assert "\npaid\n" in walked.stdout
    assert "Paid: 53.90 EUR" in walked.stdout


def test_the_tour_shows_everything_that_comes_of_an_order(stack: Stack) -> None:
    shown = tour(stack.description, 30)

    assert shown.returncode == 0, shown.stdout
    assert "done" in shown.stdout.splitlines()[-1]
    assert "6 events" in shown.stdout.splitlines()[-1]
    assert "\x1b" not in shown.stdout


class Silence(BaseHTTPRequestHandler):
    """A catcher that never caught a mail."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def without_mail(stack: Stack, tmp_path: Path) -> Iterator[Path]:
    """The same stack, described as if it had another mail catcher."""
    with HTTPServer(("127.0.0.1", 0), Silence) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        description = tmp_path / "stack.json"
        url = f"http://127.0.0.1:{server.server_port}"
        description.write_text(json.dumps({**stack.told, "mail": url}))
        yield description
        server.shutdown()
        thread.join()


def test_the_tour_fails_and_says_what_did_not_come(without_mail: Path) -> None:
    shown = tour(without_mail, 3)

    assert shown.returncode == 1
    assert "no mail We have your order" in shown.stdout
    assert "done" not in shown.stdout
