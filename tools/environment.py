"""Settings in stack.yml that are known only when the stack starts: `{url:gateway}/api`.

`{url:NAME}` and `{port:NAME}` are those of a service or of a thing outside; a port that is not its
`http` one is `{port:mail.smtp}`.  `{secret:NAME}` is made at the first start and kept with the
other passwords.
"""

import re
from collections.abc import Callable, Mapping

from dev.errors import CannotStart
from dev.ports import LOOPBACK

_PLACEHOLDER = re.compile(r"\{(url|port|secret):([a-z0-9.-]+)\}")


def filled(
    environment: Mapping[str, str], ports: Mapping[str, int], secret_of: Callable[[str], str]
) -> dict[str, str]:
    """The environment with its placeholders filled in; CannotStart for an unknown name."""

    def fill(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind == "secret":
            return secret_of(name)
        if name not in ports:
            raise CannotStart(f"stack.yml: {found[0]} names nothing; there are {sorted(ports)}")
        return f"http://{LOOPBACK}:{ports[name]}" if kind == "url" else str(ports[name])

    return {name: _PLACEHOLDER.sub(fill, text) for name, text in environment.items()}
