"""`python -m tests.fakepay`: serve the payment provider until it is asked to end."""

from aiohttp import web

from .app import create_app
from .settings import FakepaySettings

if __name__ == "__main__":
    settings = FakepaySettings()  # type: ignore[call-arg]  # they come from the environment
    web.run_app(
        create_app(settings), host=settings.host, port=settings.port, print=None, access_log=None
    )
