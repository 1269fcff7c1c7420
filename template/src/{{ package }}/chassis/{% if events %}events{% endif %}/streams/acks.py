"""Acknowledgements: whatever gathered while the last ones were told goes together.

A word to Valkey takes longer than ten handlers that have nothing to do, however little it says: so
the next one waits a moment for others to come along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from ...valkey import Valkey
from ..delivery import TransportAway
from .keys import Names
from .partition import Partition
from .wire import Command, Wire, wire

_PAUSE_SECONDS: Final = 0.2
_GATHERING_SECONDS: Final = 0.005


class Acks:
    """Tells Valkey what is handled, for all partitions of a consumer on one connection."""

    def __init__(self, valkey: Valkey, names: Names) -> None:
        self._valkey = valkey
        self._names = names
        self._having: set[Partition] = set()
        self._waiting = asyncio.Event()
        self._turn = asyncio.Lock()
        self._wire: Wire | None = None
        self._ended = False

    def ring(self, partition: Partition) -> None:
        """There is something to acknowledge in this one."""
        self._having.add(partition)
        self._waiting.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._waiting.set()

    async def run(self) -> None:
        while not self._ended:
            try:
                async with wire(self._valkey) as self._wire:
                    await self._tell()
            except TransportAway:
                await asyncio.sleep(_PAUSE_SECONDS)
                self._waiting.set()

    async def catch_up(self) -> None:
        """Acknowledge at once whatever is handled so far; raises TransportAway."""
        await self.flush(self._having)

    async def flush(self, partitions: Collection[Partition]) -> None:
        """Acknowledge what is handled in these; it waits further if Valkey is away."""
        async with self._turn:
            having = [one for one in partitions if one.unacked]
            if not having:
                return
            commands = [command for one in having for command in self._commands(one)]
            noted = {one.key: len(one.noted) for one in having}
            for one in having:
                one.acking, one.unacked = one.unacked, []
            try:
                await self._ask(commands)
            except BaseException:
                for one in having:
                    one.unacked = one.acking + one.unacked
                raise
            finally:
                for one in having:
                    one.acking = []
            for one in having:
                del one.noted[: noted[one.key]]

    def _commands(self, partition: Partition) -> list[Command]:
        commands: list[Command] = [("XACK", partition.key, self._names.group, *partition.unacked)]
        if partition.noted:
            commands.append(("HDEL", partition.fails, *partition.noted))
        return commands

    async def _tell(self) -> None:
        while not self._ended:
            await self._waiting.wait()
            self._waiting.clear()
            having, self._having = self._having, set()
            try:
                await self.flush(having)
            except TransportAway:
                self._having |= {one for one in having if not one.closed}
                raise
            await asyncio.sleep(0 if self._ended else _GATHERING_SECONDS)

    async def _ask(self, commands: list[Command]) -> None:
        if self._wire is None:
            raise TransportAway("there was no connection to Valkey yet")
        await self._wire.ask(*commands)
