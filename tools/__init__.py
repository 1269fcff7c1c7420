"""What the sessions of the noxfile run; the package `dev` comes from the template."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT / "template"))
