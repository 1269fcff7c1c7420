from time import monotonic

import pytest

from order_service.chassis.context import begin

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01".encode()


def test_a_deadline_is_what_is_left_in_milliseconds() -> None:
    request = begin([(b"x-request-deadline", b"1500")])

    assert request.deadline is not None
    assert 1.4 < request.deadline - monotonic() <= 1.5


@pytest.mark.parametrize("sent", [b"", b"-1", b"1.5", b"soon", b"12345678", b" 1", b"\xb2"])
def test_a_deadline_that_makes_no_sense_is_none(sent: bytes) -> None:
    assert begin([(b"x-request-deadline", sent)]).deadline is None


def test_a_request_is_a_part_of_what_its_caller_does() -> None:
    request = begin([(b"traceparent", TRACEPARENT)])

    assert (request.trace_id, request.parent_id) == (TRACE, PARENT)
    assert request.sampled


def test_a_part_of_the_work_keeps_all_but_its_own_id() -> None:
    request = begin([(b"traceparent", TRACEPARENT), (b"x-request-deadline", b"1000")])

    part = request.child()

    assert (part.trace_id, part.parent_id) == (TRACE, request.span_id)
    assert (part.request_id, part.deadline) == (request.request_id, request.deadline)
    assert part.span_id != request.span_id


def test_a_request_that_begins_a_trace_is_nobodys_part() -> None:
    assert begin([]).parent_id == ""


def test_a_trace_that_is_not_kept_says_so_to_the_next_service() -> None:
    assert begin([]).unsampled().traceparent.endswith("-00")
