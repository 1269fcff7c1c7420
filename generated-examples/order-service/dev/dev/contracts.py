"""The contracts of the events that a service publishes: `nox -s contracts` writes them.

One JSON Schema a type, in contracts/, made from the event's class and committed.  It is what other
services rely on: a change that would break them is refused, and needs the next version.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.compatibility import Json
from dev.errors import CannotStart
from dev.project import Project, read_project
from dev.promises import broken

FOLDER = "contracts"


@dataclass(frozen=True)
class Declared:
    """The events in a service's code: the schema of each type, and who publishes what it reads."""

    published: Mapping[str, Json]
    consumed: Mapping[str, Json]
    publishers: Mapping[str, str]


def declared(package: str) -> Declared:
    """What the classes say that the service's `app` leads to."""
    importlib.import_module(f"{package}.app")
    known = importlib.import_module(f"{package}.chassis.events").known_events()
    contract = importlib.import_module(f"{package}.chassis.events.schemas").contract
    return Declared(
        published={name: contract(kind) for name, kind in known.items() if not kind.SOURCE},
        consumed={name: contract(kind) for name, kind in known.items() if kind.SOURCE},
        publishers={name: kind.SOURCE for name, kind in known.items() if kind.SOURCE},
    )


def main(arguments: Sequence[str] | None = None, folder: Path | None = None) -> int:
    """Write the contracts that changed, or with --check only tell; the answer is the exit code."""
    check = "--check" in (sys.argv[1:] if arguments is None else arguments)
    try:
        project = read_project(folder or Path.cwd())
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    problems = list(settled(project, check=check))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def settled(project: Project, *, check: bool) -> Iterator[str]:
    """What is wrong with a service's events, in words; without `check` its contracts are written,
    but for those that would break a promise."""
    if "events" not in project.features:
        return
    found = declared(project.package)
    yield from _undeclared(project, found)
    for name, contract in found.published.items():
        yield from _settle(project.folder / FOLDER / f"{name}.json", contract, check=check)
    for file in sorted((project.folder / FOLDER).glob("*.json")):
        if file.stem not in found.published:
            yield f"{FOLDER}/{file.name}: no class has this type; delete it once nobody reads it"


def _settle(file: Path, contract: Json, *, check: bool) -> Iterator[str]:
    text = json.dumps(contract, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    committed = file.read_text(encoding="utf-8") if file.exists() else ""
    if text == committed:
        return
    if committed and (breaks := broken(json.loads(committed), contract)):
        base, _, version = file.stem.rpartition(".v")
        yield (
            f"{FOLDER}/{file.name}: {'; '.join(breaks)}. Others rely on it: leave {file.stem} as "
            f"it is, and publish the new form beside it as {base}.v{int(version) + 1}"
        )
    elif check:
        yield f"{FOLDER}/{file.name} is not what the class says: write it with `nox -s contracts`"
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(f"{FOLDER}/{file.name} is {'changed' if committed else 'new'}")


def _undeclared(project: Project, found: Declared) -> Iterator[str]:
    """Where the service's answers and its code name different events."""
    said = dict(one.split("/", 1)[::-1] for one in project.consumes)
    for name in sorted(set(project.publishes) - found.published.keys()):
        yield f"it is to publish {name}, but nothing that app.py includes has a class of this type"
    for name in sorted(found.published.keys() - set(project.publishes)):
        yield f"{name} has a class, but is not among the answer `publishes`"
    for name in sorted(said.keys() - found.publishers.keys()):
        yield f"it is to read {name}, but nothing that app.py includes has a class of this type"
    for name, publisher in sorted(found.publishers.items()):
        if said.get(name) != publisher:
            yield f"{publisher}/{name} has a class, but is not among the answer `consumes`"


if __name__ == "__main__":
    sys.exit(main())
