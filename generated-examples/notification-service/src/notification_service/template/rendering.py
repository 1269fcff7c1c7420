"""Fill in a template: in a sandbox that can reach nothing but the data it is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..chassis.errors import Fault
from .kinds import Data
from .models import Letter, Sources, TemplateError

# None of them makes much out of little, and there is no `range`: what a template can do to the
# process is bounded by the data.
_FILTERS: Final = (
    *("capitalize", "count", "default", "e", "escape", "first", "join", "last", "length"),
    *("lower", "replace", "title", "trim", "truncate", "upper", "urlencode"),
)
_ARITHMETIC: Final = frozenset({"*", "**", "%"})


class _Sandbox(ImmutableSandboxedEnvironment):
    """Without functions and without arithmetic: amounts come ready to be read."""

    intercepted_binops = _ARITHMETIC

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
        )
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.globals.clear()

    # Any: whatever the template puts together, and it gets nothing for it.
    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"templates do not calculate: {operator} is not allowed")


_PLAIN: Final = _Sandbox(autoescape=False)
_HTML: Final = _Sandbox(autoescape=True)


def render(sources: Sources, data: Data) -> Letter:
    """The letter that these make; raises TemplateError with every part that does not work."""
    faults: list[Fault] = []
    subject = _part("subject", _PLAIN, sources.subject, data, faults)
    text = _part("text", _PLAIN, sources.text, data, faults)
    html = _part("html", _HTML, sources.html, data, faults) if sources.html is not None else None
    if faults:
        raise TemplateError("the template does not work", faults)
    return Letter(subject=" ".join(subject.split()), text=text, html=html)


def _part(
    name: str, sandbox: _Sandbox, source: str, data: Mapping[str, object], faults: list[Fault]
) -> str:
    try:
        return _compiled(sandbox, source).render(data)
    except jinja2.TemplateSyntaxError as error:
        wrong = f"line {error.lineno}: {error.message}"
    except Exception as error:  # the border: a template can raise whatever Python can
        wrong = str(error) or type(error).__name__
    faults.append(Fault(f"/{name}", TemplateError.code, wrong))
    return ""


@lru_cache(maxsize=256)
def _compiled(sandbox: _Sandbox, source: str) -> jinja2.Template:
    return sandbox.from_string(source)
