"""What a contract of an event promises to who reads it, and whether a change keeps that."""

from collections.abc import Iterator

from dev.compatibility import Fault, Json, Kind, unreadable

SUBJECT = "x-subject"  # in a contract: the field that keeps events in order
PRIVATE = "x-private"  # in a contract: it travels in a topic of its own

_ELSEWHERE = "listens in another topic: private= is to be the same on both sides"


def broken(old: Json, new: Json) -> list[str]:
    """What of the old contract the new one does not keep, in words.

    Events that were sent by the old one must be read by the new one: they lie in streams, and
    among dead letters.  And readers of the old one must find their fields in new events.  Another
    optional field breaks nothing, nor does a wider range of values.
    """
    found = dict.fromkeys([*_of_old_events(old, new), *_of_old_readers(old, new)])
    return list(found)


def unmet(promised: Json, read: Json) -> list[str]:
    """What a reader wants that the publisher's contract does not promise, in words."""
    faults = [_unmet(fault) for fault in unreadable(promised, read)]
    return faults if promised.get(PRIVATE) == read.get(PRIVATE) else [*faults, _ELSEWHERE]


def _of_old_events(old: Json, new: Json) -> Iterator[str]:
    if old.get(SUBJECT) != new.get(SUBJECT):
        yield f"it was kept in order by {old.get(SUBJECT)}, now it is by {new.get(SUBJECT)}"
    if old.get(PRIVATE) != new.get(PRIVATE):
        yield "it travels in another topic now: private= is not to change"
    for fault in unreadable(old, new):
        match fault.kind:
            case Kind.NEEDED | Kind.MISSING:
                yield f"{fault.place} is newly required: give it a default"
            case Kind.TYPE:
                yield f"{fault.place} was {fault.written}, now it is {fault.read}"
            case Kind.VALUE:
                yield f"{fault.place} had {fault.written}, now it takes only {fault.read}"


def _of_old_readers(old: Json, new: Json) -> Iterator[str]:
    for fault in unreadable(new, old):
        match fault.kind:
            case Kind.NEEDED | Kind.UNKNOWN:
                yield f"{fault.place} was removed"
            case Kind.MISSING:
                yield f"{fault.place} may be missing now"
            case Kind.TYPE:
                yield f"{fault.place} was {fault.read}, now it is {fault.written}"


def _unmet(fault: Fault) -> str:
    match fault.kind:
        case Kind.NEEDED | Kind.UNKNOWN:
            return f"reads {fault.place}, which is not there"
        case Kind.MISSING:
            return f"needs {fault.place}, which may be missing"
        case Kind.REFUSED:
            return f"refuses {fault.place}: a reader leaves out what it does not know"
        case Kind.TYPE:
            return f"reads {fault.place} as {fault.read}, but it is {fault.written}"
        case Kind.VALUE:
            return f"takes of {fault.place} only {fault.read}, but it has {fault.written}"
