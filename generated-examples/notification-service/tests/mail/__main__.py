"""`python -m tests.mail`: catch mail until asked to end."""

import asyncio
import signal

from .servers import serving
from .settings import MailSettings


async def main() -> None:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    async with serving(MailSettings()):
        await asked.wait()


if __name__ == "__main__":
    asyncio.run(main())
