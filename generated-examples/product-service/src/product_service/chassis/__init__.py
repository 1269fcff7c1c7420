"""What every service needs that is not its domain.

Owned by the template: the same bytes in every service, and `copier update` brings its changes.
Your code lives one level up and imports from here, never the other way.
"""

import logging

from .absent import without

# Importing nexios starts three logging threads of its own, unless the root logger has a handler.
logging.getLogger().addHandler(logging.NullHandler())

# nexios signs in with jwt, structlog draws tracebacks with rich, and uvicorn reloads by watchfiles.
with without("jwt", "rich", "watchfiles"):
    import nexios as nexios
    import structlog as structlog
    import uvicorn as uvicorn
