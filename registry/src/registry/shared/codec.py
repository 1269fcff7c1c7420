"""Values as they stand in Valkey, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from ..instance.models import Change, Check, Checks, Departure, Instance, Outcome
from ..instance.registration import Metadata
from ..instance.repository import Tombstone


def encode(value: Instance | Tombstone | Checks) -> bytes:
    return to_json(value, bytes_mode="hex")


def instance(revision: int, text: bytes) -> Instance:
    said = from_json(text)
    said["metadata"] = Metadata.model_validate(said["metadata"])
    said["secret_digest"] = bytes.fromhex(said["secret_digest"])
    return Instance(**said | {"revision": revision})


def kept(record: bytes) -> Instance:
    """The instance of a record: its revision, and itself."""
    revision, _, text = record.partition(b" ")
    return instance(int(revision), text)


def change(entry: Any) -> Change:  # Any: as redis-py reads an entry of a stream
    number, fields = entry
    revision = int(number.partition(b"-")[0])
    [(kind, text)] = fields.items()
    gone = None if kind == b"saved" else Departure(kind.decode())
    return Change(instance(revision, text), revision, gone)


def checks(text: bytes) -> Checks:
    return {
        instance_id: Check(Outcome(one["outcome"]), datetime.fromisoformat(one["at"]))
        for instance_id, one in from_json(text).items()
    }


def tombstone(text: bytes) -> Tombstone:
    said = from_json(text)
    return Tombstone(said["id"], bytes.fromhex(said["secret_digest"]))
