"""What was given up, for whoever checks."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.events import Events
from ..chassis.features import BLUEPRINT
from ..chassis.http import Reply, answer
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router

router = Router(policy=PUBLIC)


@router.get("/dead", exclude_from_schema=True)
async def dead(request: Request, response: Response) -> Reply:
    """The subjects of the dead letters."""
    letters = await Events.of(request).operations.dead_letters(BLUEPRINT.name)
    return answer([{"subject": letter.fields[b"subject"].decode()} for letter in letters])
