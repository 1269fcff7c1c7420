"""The steps, each with whom it asks and what it saves; see the package for the rules of both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from ..chassis.database import Transaction
from . import placing, returning, undoing
from .case import Case
from .models import Saga, Step
from .outside import Outside

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Work(Generic[Fact]):
    """One step: `save` answers the saga with the step that is next."""

    ask: Callable[[Outside, Case], Awaitable[Fact]]
    save: Callable[[Transaction, Case, Fact], Awaitable[Saga]]


STEPS: Final[Mapping[Step, Work[Any]]] = {  # Any: each step asks for something else
    Step.snapshot: Work(placing.ask_for_contents, placing.save_contents),
    Step.reserve: Work(placing.ask_for_stock, placing.save_stock),
    Step.pay: Work(placing.ask_for_money, placing.save_money),
    Step.settle: Work(placing.ask_for_outcome, placing.save_outcome),
    Step.commit: Work(placing.take_stock, placing.save_sale),
    Step.void: Work(undoing.void_payment, undoing.save_voided),
    Step.release: Work(undoing.release_stock, undoing.save_released),
    Step.refund: Work(returning.send_refund, returning.save_refund),
}
