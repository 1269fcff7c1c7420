"""How long a mail waits for its next attempt, by the settings that nobody changed."""

from datetime import UTC, datetime

import pytest

from notification_service.delivery.models import Delivery, Wanted
from notification_service.delivery.outcomes import Deferred, Reason, Status
from notification_service.settings import MailSettings

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PAUSES = MailSettings.model_fields["retry_seconds"].default
MINUTE, HOUR = 60, 3600


def deferred(attempts: int) -> Delivery:
    """What becomes of a mail that was not taken so many times."""
    wanted = Wanted.once_for("1", "paid", user_id=None, recipient="a@b", data={}, expires_at=NOW)
    sent = Delivery.begin(wanted, NOW).model_copy(update={"attempts": attempts})
    return sent.after(Deferred("450 not now"), NOW, PAUSES)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, MINUTE), (2, 5 * MINUTE), (3, 30 * MINUTE), (4, 2 * HOUR), (5, 12 * HOUR)],
)
def test_it_grows_from_a_minute_to_half_a_day(attempts: int, seconds: float) -> None:
    waiting = deferred(attempts)

    assert waiting.status is Status.pending
    assert 0.8 * seconds <= (waiting.due_at - NOW).total_seconds() <= 1.2 * seconds


def test_after_the_sixth_attempt_it_has_failed() -> None:
    assert deferred(6).reason is Reason.exhausted
