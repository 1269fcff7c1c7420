"""What is kept here of a user, and how it is let go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from ..inventory.models import Movement


def pseudonym() -> str:
    """Somebody's name from now on; nothing leads from it to who it was."""
    return f"erased-{uuid4()}"


class Export(BaseModel):
    """All that this service keeps of a user."""

    user_id: UUID
    exported_at: datetime
    stock_movements: list[Movement] = Field(description="What she moved, as one of the staff.")
