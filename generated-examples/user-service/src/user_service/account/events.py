"""What the others hear of an account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..chassis.events import Event


class UserRegistered(Event, type="shop.user.registered.v1", subject="user_id"):
    user_id: UUID
    email: str
    display_name: str
    locale: str


class UserEmailVerified(Event, type="shop.user.email_verified.v1", subject="user_id"):
    user_id: UUID
    email: str


class UserProfileUpdated(Event, type="shop.user.profile_updated.v1", subject="user_id"):
    user_id: UUID
    changed: tuple[str, ...]
    email: str
    display_name: str
    locale: str


class UserRolesChanged(Event, type="shop.user.roles_changed.v1", subject="user_id"):
    user_id: UUID
    roles: tuple[str, ...]
    previous: tuple[str, ...]


class UserLocked(Event, type="shop.user.locked.v1", subject="user_id"):
    user_id: UUID
    until: datetime


class UserDeleted(Event, type="shop.user.deleted.v1", subject="user_id"):
    user_id: UUID
    erase_by: datetime
