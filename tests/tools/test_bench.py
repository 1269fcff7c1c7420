import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.bench.__main__ import SUITES, main
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.figures import Figure, medians, table
from tools.bench.server import Server
from tools.bench.wrk import Ask, drive


def test_without_a_peer_the_goal_is_about_our_own_figure() -> None:
    assert Figure("start", 1.9, "s", below=2).met
    assert not Figure("start", 2.0, "s", below=2).met


def test_with_a_peer_the_goal_is_about_the_ratio() -> None:
    assert Figure("requests", 50, "/s", 20, "peer", at_least=2.5).met
    assert not Figure("requests", 49, "/s", 20, "peer", at_least=2.5).met


def test_a_figure_without_a_goal_is_neither_met_nor_missed() -> None:
    assert Figure("requests", 1, "/s", 2, "peer").cells[-2:] == ["", ""]


def test_the_table_is_aligned_and_says_what_is_missed() -> None:
    figures = [
        Figure("start", 1.25, "s", below=1),
        Figure("requests", 12_345, "/s", 8_000, "peer", at_least=1),
    ]

    assert table(figures).splitlines() == [
        "WHAT      OURS       PEER           RATIO  GOAL",
        "start     1.25 s                           < 1 s  missed",
        "requests  12,345 /s  8,000 /s peer  1.54   >= 1   met",
    ]


def test_measures_are_taken_in_turns() -> None:
    taken: list[str] = []

    def measure(name: str, value: float) -> float:
        taken.append(name)
        return value

    medians([lambda: measure("ours", 1), lambda: measure("theirs", 2)], 2)

    assert taken == ["ours", "theirs", "ours", "theirs"]


def test_an_unknown_suite_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["python", "teleporting"]) == 2

    said = capsys.readouterr().err
    assert "no suite teleporting" in said
    assert all(suite in said for suite in SUITES)


def test_a_name_stands_for_all_suites_that_begin_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def suite(name: str) -> Callable[[Bench], Iterator[Figure]]:
        def figures(bench: Bench) -> Iterator[Figure]:
            measured.append(name)
            yield Figure(name, 1, "s")

        return figures

    suites = {name: suite(name) for name in ("edge-pace", "edge-bodies", "edges", "parts")}
    monkeypatch.setattr("tools.bench.__main__.SUITES", suites)

    assert main(["python", "edge", "parts"]) == 0
    assert measured == ["edge-pace", "edge-bodies", "parts"]


def test_where_something_is_missing_the_other_figures_are_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(bench: Bench) -> Iterator[Figure]:
        yield Figure("the first half", 1, "s")
        raise CannotMeasure("caddy is missing: it is somewhere")

    def other(bench: Bench) -> Iterator[Figure]:
        yield Figure("the other suite", 1, "s")

    monkeypatch.setattr("tools.bench.__main__.SUITES", {"half": half, "other": other})

    assert main(["python"]) == 2

    said = capsys.readouterr()
    assert "the first half" in said.out
    assert "the other suite" in said.out
    assert "bench: caddy is missing: it is somewhere." in said.err


def test_where_wrk_is_missing_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    server = Server(os.getpid(), "http://127.0.0.1:9")

    with pytest.raises(CannotMeasure, match=r"wrk is missing: Debian .* in the package wrk"):
        drive(server, Ask("GET", "/"), folder=tmp_path, seconds=1, core=0)
