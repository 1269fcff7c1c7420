"""Libraries imported without what they load only because it is installed.

They try for it, and go on where it is missing.  None of it is used here, and a process would hold
and load a tenth more; some of it comes with a developer's tools, and then what runs beside those
would not be what runs in production.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Whoever imports one of these packages inside is told that it is missing."""
    absent = [name for name in packages if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # `import` takes None for missing
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
