"""Tests of the chassis, owned by the template, and the fixtures that any test may use."""

from pathlib import Path

_FOLDER = Path(__file__).parent
_FIRST = _FOLDER / "fixtures_service.py"  # others are made of it

PLUGINS = [
    f"{__name__}.{path.stem}"
    for path in (_FIRST, *sorted({*_FOLDER.glob("fixtures_*")} - {_FIRST}))
]
