"""What becomes of parts that are killed on purpose."""

from dev.child import Child


async def come_back(child: Child) -> None:
    """Whatever happens to it, start it again."""
    while True:
        await child.live()
