"""Run the service whose folder this is, with reload: `python -m dev`."""

import sys

from dev.service import main

sys.exit(main())
