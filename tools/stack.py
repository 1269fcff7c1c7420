"""The whole system on this machine: `python -m tools.stack`, or rather `nox -s stack`."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.cluster import THROWAWAY
from dev.errors import CannotStart
from dev.folders import data_folder
from dev.needs import needs_database
from dev.ports import require_free
from dev.processes import end_with_parent
from dev.supervisor import Supervisor
from tools import ROOT
from tools.describe import write_description
from tools.instances import all_instances, connections_of
from tools.overrides import Override, overridden
from tools.plan import GATEWAY, Plan, choose_ports
from tools.report import report
from tools.restarting import come_back
from tools.servers import choose_servers
from tools.sowing import Ground, Sown, sow
from tools.stackfile import Stackfile, StackfileError, read_stackfile

_MOST_REPLICAS = 20
_TITLE = "stack"


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    port: int | None
    data: Path | None
    describe: Path | None
    replicas: int
    come_back: bool
    overrides: Sequence[Override]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the stack of the folder until ^C; the answer is the exit code."""
    started = time.monotonic()
    end_with_parent()
    options = _options(arguments)
    if options.describe is not None:
        options.describe.unlink(missing_ok=True)  # what is there tells of another run
    try:
        stackfile = overridden(read_stackfile(root), options.overrides)
        return asyncio.run(_run(stackfile, options, started))
    except (CannotStart, StackfileError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the supervisor listens, nothing has been started
        return 0


async def _run(stackfile: Stackfile, options: Options, started: float) -> int:
    ports = choose_ports(stackfile, options.port, options.replicas)
    chosen = ports if options.port is None else {GATEWAY: options.port}
    require_free(chosen, advice="stop what listens there, or move the stack with `-- --port N`")
    with data_folder(options.data, prefix="stack-") as data:
        servers = await choose_servers(
            [entry for entry in stackfile.entries if needs_database(entry.features)],
            data=data,
            connections=connections_of(all_instances(stackfile, options.replicas)),
            settings=THROWAWAY if options.data is None else {},
            environment=os.environ,
        )
        plan = Plan(stackfile, options.replicas, ports, servers, os.environ)
        return await _supervise(plan, data, options, started)


async def _supervise(plan: Plan, data: Path, options: Options, started: float) -> int:
    sown: Sown | None = None
    description = options.describe

    async def describe() -> None:
        """Tell the scripts, once all is ready, and again after each restart."""
        if description is not None and sown is not None:
            write_description(description, plan, supervisor.pid, sown.users)

    async def announce() -> None:
        nonlocal sown
        seconds = time.monotonic() - started
        ground = Ground(plan, data, lambda line: supervisor.console.say(_TITLE, line))
        try:
            crop = await sow(ground)
        except CannotStart as error:
            supervisor.console.complain(_TITLE, f"the stack stays empty: {error}")
            crop = Sown()
        supervisor.console.show(await report(plan, seconds, crop))
        sown = crop
        await describe()

    units = plan.units(once_ready=describe)
    policies = {unit.name: come_back for unit in units} if options.come_back else {}
    supervisor = Supervisor(_TITLE, units, policies)
    return await supervisor.run(on_ready=announce)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="nox -s stack --", description="The whole system on this machine, without Docker."
    )
    parser.add_argument(
        "--port", type=_port, metavar="N", help="the gateway's port; the rest takes free ones"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep data and passwords there between runs"
    )
    parser.add_argument(
        "--describe",
        type=_new_file,
        metavar="FILE",
        help="write JSON for scripts once all is ready",
    )
    parser.add_argument(
        "--replicas",
        type=_number_of_replicas,
        default=1,
        metavar="N",
        help="that many processes of every service behind the gateway",
    )
    parser.add_argument(
        "--come-back",
        action="store_true",
        help="start what ends again at once, however often: for those who kill it on purpose",
    )
    parser.add_argument(
        "--set",
        type=_override,
        action="append",
        default=[],
        dest="overrides",
        metavar="[WHICH:]NAME=VALUE",
        help="another setting for every service, or for one of them",
    )
    return Options(**vars(parser.parse_args(arguments)))


def _new_file(text: str) -> Path:
    file = Path(text).resolve()
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {file.parent}")
    return file


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def _override(text: str) -> Override:
    try:
        return Override.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _number_of_replicas(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST_REPLICAS:
        raise argparse.ArgumentTypeError(f"write a number from 1 to {_MOST_REPLICAS}, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
