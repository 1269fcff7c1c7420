import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench.bench import Bench, CannotMeasure
from tools.bench.edge import scenes
from tools.bench.edge.field import Field
from tools.bench.edge.gateway import OURS
from tools.bench.edge.heads import Heads
from tools.bench.edge.proxies import UPLOAD, proxy, sink
from tools.bench.edge.scenes import ROUNDS, Scene
from tools.bench.edge.talk import Talk, converse, length_of_answer
from tools.bench.edge.waits import first_event
from tools.bench.edge.websocket import talk_of
from tools.bench.server import Server, cores
from tools.bench.wrk import Load

OURS_AND_NGINX = {OURS: Server(1, "http://ours"), "nginx": Server(2, "http://nginx")}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("servers are held on one core, which only Linux can do")
    with sink(Bench("python", tmp_path_factory.mktemp("bench"))) as server:
        yield server


def conversing(server: Server, talk: Talk) -> Load:
    return converse(server, talk, seconds=0.05, connections=2, core=cores()[-1])


def test_ours_is_compared_with_each_peer_by_the_medians_of_all_rounds() -> None:
    turns = dict.fromkeys(OURS_AND_NGINX.values(), 0)

    def drive(server: Server) -> Load:
        turns[server] += 1
        return Load(turns[server] * server.pid, cpu_microseconds=20 * server.pid)

    scene = Scene("GET", drive, {"nginx": 0.6})

    speed, cost = scenes.figures([scene], Field(Server(3, ""), OURS_AND_NGINX, lambda: None))

    middle = statistics.median(range(1, ROUNDS + 1))
    assert (speed.ours, speed.peer, speed.at_least) == (middle, 2 * middle, 0.6)
    assert not speed.met
    assert (cost.ours, cost.peer, cost.met) == (20, 40, True)


def test_a_frugal_scene_asks_for_no_more_cpu_than_the_goal_allows() -> None:
    scene = Scene("GET", lambda server: Load(100, 30 / server.pid), {"nginx": 0.8}, frugal=True)

    _, cost = scenes.figures([scene], Field(Server(3, ""), OURS_AND_NGINX, lambda: None))

    assert (cost.measure, cost.below, cost.met) == (2.0, 1.25, False)


def test_the_lease_of_the_upstream_is_renewed_for_each_scene() -> None:
    renewed: list[str] = []
    scene = Scene("GET", lambda server: Load(1, 1), {})
    field = Field(Server(3, ""), OURS_AND_NGINX, lambda: renewed.append("renewed"))

    list(scenes.figures([scene, scene], field))

    assert renewed == ["renewed", "renewed"]


def test_bodies_are_sent_whole_and_their_answers_counted(upstream: Server) -> None:
    ask = Heads("POST", UPLOAD, "x" * 300_000, tokens=["token"])

    load = conversing(upstream, Talk(ask.message(), length_of_answer))

    assert load.a_second > 0


def test_a_stream_begins_with_an_event(upstream: Server) -> None:
    assert first_event(upstream, Heads("GET", "/v1/stream", tokens=["token"])) > 0


@pytest.mark.parametrize("size", [64, 125, 126, 65_535, 65_536])
def test_messages_of_any_size_are_answered(upstream: Server, size: int) -> None:
    assert conversing(upstream, talk_of(size, 3)).a_second > 0


def test_who_answers_something_else_is_not_measured(upstream: Server) -> None:
    ask = Heads("GET", "/", tokens=["token"])
    expecting_messages = Talk(ask.message(), talk_of(64, 1).length)

    with pytest.raises(CannotMeasure, match=r"a message was answered with b'HTTP/1.1 200"):
        conversing(upstream, expecting_messages)


def test_who_does_not_shake_hands_is_not_measured(upstream: Server) -> None:
    ask = Heads("GET", "/", tokens=["token"]).message()

    with pytest.raises(CannotMeasure, match=r"a handshake was answered b'HTTP/1.1 200"):
        conversing(upstream, Talk(b"", len, greeting=ask))


def test_an_error_is_not_measured_by_its_speed() -> None:
    with pytest.raises(CannotMeasure, match=r"an answer began with b'HTTP/1.1 429"):
        length_of_answer(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}")


def test_where_a_proxy_is_missing_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    service = Server(os.getpid(), "http://127.0.0.1:9")

    with pytest.raises(CannotMeasure, match=r"caddy is missing: Debian .* in the package caddy"):
        proxy(Bench("python", tmp_path), "caddy", service)
