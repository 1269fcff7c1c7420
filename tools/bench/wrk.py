"""Requests as fast as a server answers them, sent by wrk."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.bench.bench import CannotMeasure, tool
from tools.bench.server import Server, pin

_HOW_TO_GET = "Debian and Ubuntu have it in the package wrk, Homebrew in the formula wrk"
# Lua, the language of wrk: what is sent, and what is told at the end.
_SENT = """
wrk.method = "{method}"
wrk.body = {body}
wrk.headers["content-type"] = {content_type}
"""
TOLD = """
done = function(summary)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format('\\n{"requests": %d, "bytes": %d, "microseconds": %d, "wrong": %d}\\n',
    summary.requests, summary.bytes, summary.duration, wrong))
end
"""


@dataclass(frozen=True)
class Ask:
    """One request, sent again and again; with a body it is JSON.

    An answer of less than `answer_bytes` is not the one that is meant.
    """

    method: str
    path: str
    body: str | None = None
    answer_bytes: int = 0

    def script(self) -> str:
        given = self.body is not None
        content_type = '"application/json"' if given else "nil"
        body = f"[[{self.body}]]" if given else "nil"
        return _SENT.format(method=self.method, body=body, content_type=content_type) + TOLD


@dataclass(frozen=True)
class Load:
    """What a server bore: requests a second, and what each took of its processor."""

    a_second: float
    cpu_microseconds: float


def drive(
    server: Server, ask: Ask, *, folder: Path, seconds: int, connections: int = 32, core: int
) -> Load:
    """Keep `connections` busy for some seconds; wrk itself runs on `core`.

    Raises CannotMeasure if any answer was not of the 2xx or 3xx, or if they are too short: they
    would be measured by their speed.
    """
    script = folder / "wrk.lua"
    script.write_text(ask.script())
    command = [tool("wrk", _HOW_TO_GET), "-t1", f"-c{connections}", f"-d{seconds}s"]
    before = server.cpu_seconds
    process = subprocess.Popen(
        [*command, "-s", str(script), server.url + ask.path],
        stdout=subprocess.PIPE,
        text=True,
    )
    pin(process.pid, core)
    output, _ = process.communicate()
    used = server.cpu_seconds - before
    told = json.loads(output.splitlines()[-1])
    short = told["bytes"] < told["requests"] * ask.answer_bytes
    if process.returncode or told["wrong"] or not told["requests"] or short:
        raise CannotMeasure(f"{ask.method} {server.url}{ask.path} failed under load: {output}")
    return Load(
        told["requests"] / told["microseconds"] * 1e6,
        used / told["requests"] * 1e6,
    )
