"""The tracer of one service: decides which traces are kept, and records their spans."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import time_ns
from typing import Any, ClassVar, Self

from nexios.types import Scope, Send

from .. import context
from ..context import RequestContext
from ..resource import Resource
from .requests import server_span
from .sampling import Sampler
from .settings import TracingSettings
from .spans import Attribute, Kind, Recorder, Span

_UPGRADED = 101
_FORBIDDEN = 403  # what a server answers to a handshake that is closed before it was accepted


class Tracing(Resource):
    """Records spans while a collector's address is set, and costs nothing while none is."""

    name: ClassVar[str] = "tracing"

    def __init__(self, service: str, version: str, settings: TracingSettings) -> None:
        self._service = service
        self._version = version
        self._endpoint = settings.exporter_otlp_endpoint
        self._sampler = Sampler.of(settings)
        self._recorder: Recorder | None = None

    @property
    def enabled(self) -> bool:
        return self._endpoint is not None

    async def __aenter__(self) -> Self:
        if self._endpoint is not None:
            # The one import inside a function: OpenTelemetry takes as long to load as all the
            # rest of a small service together, and only those who trace shall wait for it.
            otel = importlib.import_module(f"{__package__}.otel")
            self._recorder = otel.open_recorder(self._endpoint, self._service, self._version)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            await recorder.close()

    def decide(self, request: RequestContext) -> RequestContext:
        """This request with the decision whether its trace is kept, for it and all it calls."""
        if self._recorder is None or (keeps := self._sampler.keeps(request)) is request.sampled:
            return request
        return replace(request, flags="01") if keeps else request.unsampled()

    @contextmanager
    def span(
        self, name: str, kind: Kind = "internal", attributes: Mapping[str, Attribute] | None = None
    ) -> Iterator[Span]:
        """Work inside is a part of the request in hand, or a trace of its own where there is none.

        Add to the span's attributes while it lasts; what is raised inside is its error.
        """
        span = Span(name, kind, dict(attributes or {}))
        if self._recorder is None:
            yield span
            return
        with self._recording(self._part(), span):
            yield span

    @contextmanager
    def hop(self, message: RequestContext, span: Span) -> Iterator[None]:
        """Work inside is for this message, whose way here is the request that we continue."""
        with self._recording(self.decide(message), span):
            yield

    @contextmanager
    def _recording(self, part: RequestContext, span: Span) -> Iterator[None]:
        token = context.current.set(part)
        began = time_ns()
        try:
            yield
        except BaseException as error:
            span.error = span.error or type(error).__name__
            raise
        finally:
            context.current.reset(token)
            self._record(part, span, began, time_ns())

    def ended(self, span: Span, seconds: float) -> None:
        """Record a part of the request in hand that just ended and took `seconds`."""
        if self._recorder is None:
            return
        now = time_ns()
        self._record(self._part(), span, now - int(seconds * 1e9), now)

    def answered(self, request: RequestContext, scope: Scope, status: int, seconds: float) -> None:
        """Record the request itself, that was answered with this status after `seconds`."""
        if self._recorder is None or not request.sampled:
            return
        now = time_ns()
        self._record(request, server_span(scope, status), now - int(seconds * 1e9), now)

    def handshake(self, request: RequestContext, scope: Scope, send: Send) -> Send:
        """`send` of a WebSocket, that records the handshake once it is answered.

        The conversation after it may last for days: what comes in it is for spans of their own.
        """
        if self._recorder is None or not request.sampled:
            return send
        began = time_ns()
        answers = {"websocket.accept": _UPGRADED, "websocket.close": _FORBIDDEN}
        told = False

        async def send_and_record(message: Any) -> None:  # Any: an ASGI message
            nonlocal told
            await send(message)
            status = message.get("status") or answers.get(message["type"])
            if status and not told:
                told = True
                self._record(request, server_span(scope, status), began, time_ns())

        return send_and_record

    def _part(self) -> RequestContext:
        whole = context.current.get()
        return whole.child() if whole else self.decide(context.begin(()))

    def _record(self, part: RequestContext, span: Span, began: int, ended: int) -> None:
        if self._recorder is not None and part.sampled:
            self._recorder.record(part, span, began, ended)
