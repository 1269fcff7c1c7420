"""The running stack for scripts: where everything is, as JSON."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dev.private_files import write_private
from tools.plan import GATEWAY, REGISTRY, Plan
from tools.stackfile import Entry

Pids = Callable[[str], int | None]
Users = Mapping[str, Mapping[str, str]]


def write_description(file: Path, plan: Plan, pid: Pids, users: Users) -> None:
    """Write the file at once, readable by its owner alone: it holds passwords."""
    write_private(file, json.dumps(_description(plan, pid, users), indent=2) + "\n")


def _description(plan: Plan, pid: Pids, users: Users) -> dict[str, Any]:  # Any: JSON
    def process(name: str) -> dict[str, Any]:
        return {"url": plan.url(name), "pid": pid(name)}

    def service(entry: Entry) -> dict[str, Any]:
        replicas = [process(instance.name) for instance in plan.replicas_of(entry)]
        return {**replicas[0], "database_url": plan.database_url(entry), "replicas": replicas}

    return {
        "gateway": plan.url(GATEWAY),
        "registry": plan.url(REGISTRY),
        "services": {entry.name: service(entry) for entry in plan.stackfile.services},
        "shared": {entry.name: process(entry.name) for entry in plan.stackfile.shared},
        "outside": {thing.name: process(thing.name) for thing in plan.stackfile.outside},
        **{thing.name: plan.url(thing.name) for thing in plan.stackfile.outside},
        "redis_url": plan.servers.redis_url,
        "users": users,
        "tokens": {},
    }
