"""1 MiB to the client, and 1 MiB to the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.bench.bench import Bench
from tools.bench.edge import scenes
from tools.bench.edge.field import field
from tools.bench.edge.heads import Heads
from tools.bench.edge.issuer import token
from tools.bench.edge.proxies import LARGE, LARGE_BYTES, UPLOAD, sink, upstream
from tools.bench.edge.scenes import conversation
from tools.bench.edge.talk import Talk, length_of_answer
from tools.bench.figures import Figure

GOALS: Final = {"haproxy": 1.0}


def figures(bench: Bench) -> Iterator[Figure]:
    download = Heads("GET", LARGE, tokens=[token("user")])
    upload = Heads("POST", UPLOAD, "x" * LARGE_BYTES, tokens=[token("user")])
    for what, ask, service in (
        ("GET of 1 MiB", download, upstream),
        ("POST of 1 MiB", upload, sink),
    ):
        talk = Talk(ask.message(), length_of_answer)
        with field(bench, service(bench)) as everybody:
            yield from scenes.figures([conversation(what, talk, GOALS)], everybody)
