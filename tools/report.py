"""What the person at the terminal reads when the stack is ready."""

import asyncio
from collections.abc import Sequence

from dev.probes import http_status
from tools.plan import GATEWAY, Plan
from tools.sowing import Sown
from tools.table import aligned

_DOCUMENTATION = "/docs"


async def report(plan: Plan, seconds: float, sown: Sown) -> str:
    """A table of what runs where, who can sign in, and what to try."""
    names = [instance.name for instance in plan.instances]
    outside = [thing.name for thing in plan.stackfile.outside]
    answers = await asyncio.gather(
        *(http_status(plan.ports[name], _DOCUMENTATION) for name in names)
    )
    documented = {name for name, status in zip(names, answers, strict=True) if status == 200}
    table = aligned(_rows(plan, [*names, *outside], documented))
    count = len(plan.stackfile.entries)
    processes = "" if len(names) == count else f", in {len(names)} processes,"
    ready = f"All {count} services{processes} are ready after {seconds:.1f} s."
    tries = sown.walk or _commands(plan)
    end = [*_people(sown), "Try:", "", *tries, "", "Stop: ^C", ""]
    return "\n".join(["", ready, "", *table, "", *end])


def _people(sown: Sown) -> list[str]:
    if not sown.users:
        return []
    rows = [
        [role, one["email"], one["password"] if sown.fresh else "as at the first start"]
        for role, one in sown.users.items()
    ]
    return [*aligned([["ROLE", "E-MAIL", "PASSWORD"], *rows]), ""]


def _rows(plan: Plan, names: Sequence[str], documented: set[str]) -> list[list[str]]:
    header = ["NAME", "URL", "HEALTH"]
    rows = [[name, plan.url(name), f"{plan.url(name)}/health"] for name in names]
    if not documented:
        return [header, *rows]
    pages = [f"{plan.url(name)}{_DOCUMENTATION}" if name in documented else "" for name in names]
    return [
        [*header, "API DOCUMENTATION"],
        *([*row, page] for row, page in zip(rows, pages, strict=True)),
    ]


def _commands(plan: Plan) -> list[str]:
    gateway = plan.url(GATEWAY)
    health = f"  curl {gateway}/health"
    nouns = [noun for entry in plan.stackfile.services if (noun := entry.answers.get("resource"))]
    if not nouns:
        return [health]
    things = f"{gateway}/api/v1/{nouns[0]}s"
    return [
        health,
        f"""  curl -X POST {things} -H 'content-type: application/json' -d '{{"name": "first"}}'""",
        f"  curl {things}",
    ]
