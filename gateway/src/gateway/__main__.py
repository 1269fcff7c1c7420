"""`python -m` this package: serve, or run one of the service's commands."""

from __future__ import annotations

import gc
import sys

gc.disable()  # imports leave no garbage, and looking for it is a tenth of the start; see cli.run

from .app import create_app  # noqa: E402
from .chassis.cli import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run(create_app, sys.argv[1:]))
