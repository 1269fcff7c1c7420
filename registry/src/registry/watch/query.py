"""What a query may say."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_WAIT: Final = r"^([0-9]{1,6})(ms|s|m)?$"
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}


class Query(BaseModel):
    model_config = ConfigDict(frozen=True)


class ListQuery(Query):
    """With `index`, the revision that the caller has seen, the answer waits for another one."""

    index: int | None = Field(default=None, ge=0, le=2**53)
    wait: str = Field(default="30s", pattern=_WAIT)

    @property
    def seconds(self) -> float:
        found = re.fullmatch(_WAIT, self.wait)
        assert found is not None
        return int(found[1]) * _SECONDS[found[2]]


class WatchQuery(Query):
    """With `checks` what every check finds is told too, once a second."""

    checks: bool = False
