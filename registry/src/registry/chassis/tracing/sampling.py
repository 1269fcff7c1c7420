"""Which traces are kept: decided once for each request, from its ids alone.

The rules and the arithmetic are those of OpenTelemetry's samplers, so that services in other
languages keep the same traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..context import RequestContext
from .settings import TracingSettings


@dataclass(frozen=True, slots=True)
class Sampler:
    """Keeps this share of the traces (0 to 1), or what the caller keeps where there is a caller."""

    share: float
    follows_caller: bool

    @classmethod
    def of(cls, settings: TracingSettings) -> Self:
        name = settings.traces_sampler
        fixed = {"always_on": 1.0, "always_off": 0.0}
        share = fixed.get(name.removeprefix("parentbased_"), settings.traces_sampler_arg)
        return cls(share, follows_caller=name.startswith("parentbased_"))

    def keeps(self, request: RequestContext) -> bool:
        if self.follows_caller and request.parent_id:
            return request.sampled
        return int(request.trace_id[16:], 16) < round(self.share * 2**64)
