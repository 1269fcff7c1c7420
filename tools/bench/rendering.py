"""What it takes to render a service, and to see that nothing rendered has drifted."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tools import ROOT
from tools.bench.bench import Bench
from tools.bench.figures import Figure, medians


def figures(bench: Bench) -> Iterator[Figure]:
    answers = ["--defaults", "--quiet", "-d", "service_name=ship-service"]
    source = str(bench.source.folder)

    def render() -> float:
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=bench.folder) as target:
            command = [sys.executable, "-m", "copier", "copy", *answers, source, target]
            subprocess.run(command, check=True)
        return time.perf_counter() - begun

    [rendered] = medians([render], 5)
    yield Figure("copier copy of one service", rendered, "s", below=2)
    [checked] = medians([_cpu_of_drift_check], 3)
    yield Figure("CPU of the drift check of all services", checked, "s", below=6)


def _cpu_of_drift_check() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "tools.regenerate", "--check"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
