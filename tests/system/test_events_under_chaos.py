"""Events while writers, relays, readers and servers are killed; `nox -s chaos` is the long form."""

import re
import subprocess
import sys

from tools import ROOT

VERDICT = re.compile(r"([\d,]+) events, (\d+) kills, 0 lost, 0 twice, 0 out of order")


def test_nothing_is_lost_done_twice_or_out_of_order_while_everything_is_killed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tools.chaos", "events", "--seconds", "25", "--events", "4000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    verdict = VERDICT.fullmatch(run.stdout.splitlines()[-1])

    assert run.returncode == 0, run.stdout
    assert verdict, run.stdout
    assert int(verdict[2]) >= 10
