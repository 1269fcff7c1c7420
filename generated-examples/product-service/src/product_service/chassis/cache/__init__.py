"""Cache-aside on Valkey: what was loaded once is kept for a while.

    product = await Cache.of(request).get_or_load(
        f"product:{id}", lambda: repository.find(tx, id), ttl=60, model=Product
    )

However many ask for what is not there, in however many processes, it is loaded once.  Without
Valkey the service is slower: values are loaded, as if there were no cache.
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..settings import Settings
from ..valkey import Valkey
from .cache import Cache, CacheSettings
from .entries import Entries
from .metrics import CacheMetrics

__all__ = ["SETTINGS", "Cache", "CacheSettings", "install"]

SETTINGS: Final[tuple[type[Settings], ...]] = (CacheSettings,)


def install(app: Application) -> None:
    valkey = app.resource(Valkey)
    settings = app.settings(CacheSettings)
    entries = Entries(valkey, app.name, lock_seconds=settings.load_seconds + 1)
    app.own(Cache(entries, settings, CacheMetrics(app.metrics.registry)))
