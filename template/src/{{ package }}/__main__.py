"""`python -m` this package: serve, or run one of the service's commands."""

from __future__ import annotations

import sys

from .app import create_app
from .chassis.cli import run

if __name__ == "__main__":
    sys.exit(run(create_app, sys.argv[1:]))
