"""Tests of the chassis, owned by the template, and the fixtures that any test may use."""

from pathlib import Path

PLUGINS = [f"{__name__}.{path.stem}" for path in sorted(Path(__file__).parent.glob("fixtures_*"))]
