"""The running stack for scripts: where everything is, as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dev.private_files import write_private
from tools.plan import GATEWAY, REGISTRY, Plan
from tools.stackfile import Entry

Pids = Callable[[str], int | None]


def write_description(file: Path, plan: Plan, pid: Pids) -> None:
    """Write the file at once, readable by its owner alone: it holds passwords."""
    write_private(file, json.dumps(_description(plan, pid), indent=2) + "\n")


def _description(plan: Plan, pid: Pids) -> dict[str, Any]:  # Any: JSON
    def process(entry: Entry) -> dict[str, Any]:
        return {"url": plan.url(entry.name), "pid": pid(entry.name)}

    return {
        "gateway": plan.url(GATEWAY),
        "registry": plan.url(REGISTRY),
        "services": {
            entry.name: {**process(entry), "database_url": plan.database_url(entry)}
            for entry in plan.stackfile.services
        },
        "shared": {entry.name: process(entry) for entry in plan.stackfile.shared},
        **{thing.name: plan.url(thing.name) for thing in plan.stackfile.outside},
        "redis_url": plan.servers.redis_url,
        "tokens": {},
    }
