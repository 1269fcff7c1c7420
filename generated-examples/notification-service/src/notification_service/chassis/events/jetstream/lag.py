"""How far every group is behind, and what all of them have behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue

from ..transport import Lag
from . import store
from .link import asking, ensure
from .names import Share, Topic
from .progress import Progress

Groups = Mapping[str, Mapping[str, Progress]]


async def lag(js: JetStreamContext, topic: Topic) -> Sequence[Lag]:
    """Every group that reads this topic, by name."""
    bucket = await ensure(js, topic)
    found = await _groups(js, topic, bucket)
    return [await _of_group(js, topic, group, found[group]) for group in sorted(found)]


async def trim(js: JetStreamContext, topic: Topic, keep: timedelta) -> int:
    """Forget what every group has handled and is older than that."""
    bucket = await ensure(js, topic)
    groups = await _groups(js, topic, bucket)
    newest = await _first_since(js, topic, datetime.now(UTC) - keep)
    parts: dict[str, int] = defaultdict(lambda: newest)
    for progress in groups.values():
        for name, one in progress.items():
            parts[name] = min(parts[name], one.first)
    with asking():
        before = (await js.stream_info(topic.stream)).state.messages
        for name, first in parts.items():
            if first > 1:
                await js.purge_stream(topic.stream, seq=first, subject=topic.part(name))
        return before - (await js.stream_info(topic.stream)).state.messages


async def forget(js: JetStreamContext, share: Share) -> None:
    """Take the group off the topic, with all that is kept for it but its dead letters."""
    bucket = await ensure(js, share.topic)
    with asking():
        for name in share.parts:
            await bucket.purge(share.progress(name))
        await bucket.purge(share.members)
        await js.purge_stream(share.topic.stream, subject=share.replay)


async def _groups(js: JetStreamContext, topic: Topic, bucket: KeyValue) -> Groups:
    """The progress of every group, by part."""
    with asking():
        info = await js.stream_info(f"KV_{topic.bucket}", subjects_filter=">")
    groups: dict[str, dict[str, Progress]] = defaultdict(dict)
    for subject in info.state.subjects or {}:
        key = subject.removeprefix(f"$KV.{topic.bucket}.")
        if key.startswith("part."):
            _, group, part = key.split(".")
            if data := (await store.read(bucket, key)).data:
                groups[group][part] = Progress.decode(data)
    return groups


async def _of_group(
    js: JetStreamContext, topic: Topic, group: str, parts: Mapping[str, Progress]
) -> Lag:
    firsts: list[datetime] = []
    unread = 0
    for name, progress in parts.items():
        unread += await _waiting(js, topic, name, progress.given + 1)
        firsts += await _time_of_next(js, topic, name, progress.first)
    with asking():
        subject = topic.dead_letters(group)
        dead = (await js.stream_info(topic.dead, subjects_filter=subject)).state.subjects or {}
    return Lag(
        topic.name,
        group,
        unread=unread,
        pending=sum(len(progress.hand) for progress in parts.values()),
        dead=dead.get(subject, 0),
        oldest=min(firsts, default=None),
    )


async def _waiting(js: JetStreamContext, topic: Topic, part: str, first: int) -> int:
    """How many entries of a part there are from this number on."""
    config = ConsumerConfig(
        filter_subject=topic.part(part),
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=1.0,
        mem_storage=True,
    )
    with asking():
        info = await js.add_consumer(topic.stream, config)
        await js.delete_consumer(topic.stream, info.name)
    return info.num_pending or 0


async def _time_of_next(
    js: JetStreamContext, topic: Topic, part: str, first: int
) -> list[datetime]:
    with asking():
        try:
            found = await js.get_msg(topic.stream, seq=first, subject=topic.part(part), next=True)
        except NotFoundError:
            return []
    return [found.time] if found.time else []


async def _first_since(js: JetStreamContext, topic: Topic, since: datetime) -> int:
    """The number of the first entry that is not older, or the one after the last."""
    with asking():
        state = (await js.stream_info(topic.stream)).state
        low, high = state.first_seq, state.last_seq + 1
        while low < high:
            middle = (low + high) // 2
            try:
                found = await js.get_msg(topic.stream, seq=middle, next=True, subject=">")
            except NotFoundError:
                high = middle
                continue
            if found.time and found.time >= since:
                high = middle
            else:
                low = (found.seq or middle) + 1
    return low
