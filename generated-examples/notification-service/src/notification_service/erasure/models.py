"""All that is kept of one user here."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from ..delivery.views import DeliveryView
from ..notification.models import Notification
from ..preference.models import Preferences
from ..recipient.models import Recipient


class Export(BaseModel):
    """For the user and for other programs (GDPR 15, 20)."""

    exported_at: datetime
    recipient: Recipient | None
    preferences: Preferences
    notifications: list[Notification]
    deliveries: list[DeliveryView]
