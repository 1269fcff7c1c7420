"""`python -m <package> events …`: lag, outbox and dead letters, for whoever is on call."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from ..application import Application, Command
from ..database import Database
from ..errors import Unavailable
from ..resource import CannotStart
from ..valkey import Valkey
from .delivery import TransportAway
from .engine import Events
from .letters import Letters
from .operations import Operations
from .printing import age, print_json, print_table
from .settings import EventsSettings

_FAILED: Final = 1
_LONGEST_REASON: Final = 60
_WITHHELD: Final = "its data is not for everybody: --reveal shows it"

Asked = argparse.Namespace
Run = Callable[[Operations, Asked], Awaitable[int]]


def command(app: Application) -> Command:
    """What `events` does for this application."""

    async def run(arguments: Sequence[str]) -> int:
        asked = _parser(app.name).parse_args(arguments)
        try:
            async with _needed(app, asked):
                return await _run(asked, app.resource(Events).operations)
        except (TransportAway, Unavailable) as error:
            raise CannotStart(str(error)) from error

    return run


def _needed(app: Application, asked: Asked) -> AbstractAsyncContextManager[object]:
    """What must be open for it: the outbox is in PostgreSQL, the rest where events travel."""
    if asked.run is outbox:
        return app.resource(Database)
    if app.settings(EventsSettings).transport == "valkey":
        return app.resource(Valkey)
    return nullcontext()  # every use of NATS has a connection of its own


async def _run(asked: Asked, operations: Operations) -> int:
    run: Run = asked.run
    try:
        return await run(operations, asked)
    except ValueError as error:  # a name that leads to no dead letter
        print(f"{error}.", file=sys.stderr)
        return _FAILED


async def lag(operations: Operations, asked: Asked) -> int:
    """How far readers are behind."""
    found = await operations.lag()
    if asked.json:
        print_json(found)
        return 0
    rows = [
        (one.topic, one.group, one.unread, one.pending, one.dead, age(one.oldest)) for one in found
    ]
    titles = ("TOPIC", "GROUP", "UNREAD", "PENDING", "DEAD", "OLDEST")
    print_table(titles, rows, alarming=[row for row in rows if row[4]])
    return 0


async def outbox(operations: Operations, asked: Asked) -> int:
    """What waits to be sent."""
    waiting = await operations.outbox()
    if asked.json:
        print_json(waiting)
    else:
        print_table(("WAITING", "OLDEST"), [(waiting.rows, age(waiting.oldest))])
    return 0


async def list_letters(operations: Operations, asked: Asked) -> int:
    """What was given up."""
    letters = await Letters(operations).first(asked.limit)
    if asked.json:
        print_json(letters)
        return 0
    rows = [
        (
            letter.name,
            letter.attributes.get("type", "?"),
            letter.attributes.get("subject", "?"),
            letter.attempts,
            age(letter.time),
            letter.reason.partition("\n")[0][:_LONGEST_REASON],
        )
        for letter in letters
    ]
    print_table(("NAME", "TYPE", "SUBJECT", "ATTEMPTS", "AGE", "REASON"), rows)
    return 0


async def show(operations: Operations, asked: Asked) -> int:
    """One of them, with all that it says."""
    letters = Letters(operations)
    letter = await (letters.reveal if asked.reveal else letters.get)(asked.name)
    if asked.json:
        print_json(letter)
        return 0
    facts = {"name": letter.name, "time": letter.time.isoformat(), "attempts": letter.attempts}
    for key, value in {**facts, **letter.attributes, "reason": letter.reason}.items():
        print(f"{key:<16}  {value}")
    print(_WITHHELD if letter.data is None else _indented(letter.data))
    return 0


async def replay(operations: Operations, asked: Asked) -> int:
    """Handle them once more."""
    letters = Letters(operations)
    count = await (letters.replay_all() if asked.all else letters.replay(asked.names))
    return _counted("replayed", count, asked)


async def purge(operations: Operations, asked: Asked) -> int:
    """Delete them for good."""
    return _counted("purged", await Letters(operations).purge(asked.names), asked)


def _counted(word: str, count: int, asked: Asked) -> int:
    if asked.json:
        print_json({word: count})
    else:
        print(f"{count} {word}")
    return 0 if asked.all or count == len(asked.names) else _FAILED


def _indented(data: str) -> str:
    try:
        return json.dumps(json.loads(data), indent=2, ensure_ascii=False)
    except ValueError:
        return data


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{service} events", description=__doc__)
    what = parser.add_subparsers(required=True, metavar="lag | outbox | dlq")
    _add(what, "lag", lag)
    _add(what, "outbox", outbox)
    letters = what.add_parser("dlq", help="dead letters").add_subparsers(
        required=True, metavar="list | show | replay | purge"
    )
    _add(letters, "list", list_letters).add_argument("--limit", type=int, default=100)
    one = _add(letters, "show", show)
    one.add_argument("name")
    one.add_argument("--reveal", action="store_true", help="with its data, though it is private")
    which = _add(letters, "replay", replay).add_mutually_exclusive_group(required=True)
    which.add_argument("names", nargs="*", default=[], metavar="NAME")
    which.add_argument("--all", action="store_true", help="every one")
    _add(letters, "purge", purge).add_argument("names", nargs="+", metavar="NAME")
    return parser


def _add(
    to: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Run
) -> argparse.ArgumentParser:
    parser = to.add_parser(name, help=run.__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run, all=False)
    return parser
