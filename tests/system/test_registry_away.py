"""The registry is away for four leases; `nox -s chaos -- registry` is the full minute."""

import re
import subprocess
import sys

from tools import ROOT

VERDICT = re.compile(
    r"([\d,]+) requests, 0 failures, the service known again [\d.]+ s after the registry, "
    r"which keeps what it knows in (Valkey|memory)"
)


def test_no_request_fails_while_the_registry_is_away_whether_it_forgets_or_not() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tools.chaos", "registry", "--seconds", "4"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    verdicts = [VERDICT.fullmatch(line) for line in run.stdout.splitlines()[-2:]]

    assert run.returncode == 0, run.stdout
    assert [verdict and verdict[2] for verdict in verdicts] == ["Valkey", "memory"], run.stdout
    assert all(verdict and int(verdict[1].replace(",", "")) >= 100 for verdict in verdicts), (
        run.stdout
    )
