"""What stands beside a real system, like a payment provider: here it is a process of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outside:
    """One such process: a Python module in the folder of the service that it stands beside.

    It listens on its ports, one of them `http`, and answers `/health` there.
    """

    name: str
    folder: Path
    module: str
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    def port_name(self, name: str) -> str:
        """What one of its ports is called among all ports of the stack."""
        return self.name if name == "http" else f"{self.name}.{name}"
