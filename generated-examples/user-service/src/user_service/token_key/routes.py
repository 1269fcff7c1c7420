"""The public keys, for whoever checks our tokens."""

from __future__ import annotations

from typing import Final

from nexios.http import Request, Response

from ..chassis.http import Reply, answer
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from .keys import TokenKeys
from .models import JwkSet

_CACHED: Final = {"cache-control": "public, max-age=300"}

router = Router(tags=["keys"], policy=PUBLIC)


@router.get("/.well-known/jwks.json", responses={200: JwkSet})
async def jwks(request: Request, response: Response) -> Reply:
    """The keys that tokens may be signed with: the one that signs, the next, the former."""
    return answer(TokenKeys.of(request).shown, headers=_CACHED)
