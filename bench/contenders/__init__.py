"""The contenders: each translates the neutral description into what its product understands.

A contender module has one function `contender()`; importing the module imports nothing of the
product, so that listing the contenders needs none of them. `Contender` says what one can do.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from bench.description import Context, Workload
from bench.oracle import tacit_position

Shaped: TypeAlias = Any
"""A context in the shape a product wants, still made of what JSON can hold."""

Pair: TypeAlias = tuple[str, Shaped]
"""(surface, context)"""

Loop: TypeAlias = Callable[[], None]
"""Runs a prepared series of calls once; what is timed."""


def _untold(result: Any) -> int | None:
    return -1


def _itself(result: Any) -> Any:
    return result


def _nothing() -> None:
    """No resources to give back."""


@dataclass(frozen=True)
class Evaluator:
    """A product with its rules loaded, as the functions its user would call."""

    one: Callable[[str, Shaped], Any]
    """Decide one surface."""
    all: Callable[[Shaped], Mapping[str, Any]]
    """Decide every surface."""
    variant: Callable[[Any], str] = str
    """The variant in what `one` and the values of `all` give."""
    read: Callable[[Mapping[str, Any]], list[str]] | None = None
    """The variants of all decisions, in the product's quickest way; None: `variant` of each."""
    rule: Callable[[Any], int | None] = _untold
    """The number of the rule that fired, None for the default; -1 where it is not told."""
    essence: Callable[[Any], Any] = _itself
    """All of a result that a reference must give too."""
    direct: Mapping[str, Callable[[Shaped], Any]] | None = None
    """A function of its own per surface, where the product has such."""
    close: Callable[[], None] = _nothing
    """Give back what loading took."""

    def loop_one(self, pairs: Sequence[Pair]) -> Loop:
        if self.direct is not None:
            calls = [(self.direct[surface], context) for surface, context in pairs]

            def loop_direct() -> None:
                for decide, context in calls:
                    decide(context)

            return loop_direct
        one = self.one

        def loop() -> None:
            for surface, context in pairs:
                one(surface, context)

        return loop

    def loop_all(self, contexts: Sequence[Shaped]) -> Loop:
        decide_all = self.all

        def loop() -> None:
            for context in contexts:
                decide_all(context)

        return loop

    def loop_all_read(self, contexts: Sequence[Shaped]) -> Loop:
        """As `loop_all`, then look at every variant: work may not be put off past this."""
        decide_all = self.all
        read = self.variants

        def loop() -> None:
            for context in contexts:
                read(decide_all(context))

        return loop

    @property
    def variants(self) -> Callable[[Mapping[str, Any]], list[str]]:
        if self.read is not None:
            return self.read
        variant = self.variant
        return lambda decisions: [variant(result) for result in decisions.values()]


class Contender(ABC):
    """One way to decide. `payload` is made beforehand and never timed; `load` is."""

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions whose versions belong in the result."""
    modules: ClassVar[tuple[str, ...]] = ()
    """What `load` imports."""
    notes: ClassVar[tuple[str, ...]] = ()
    """What this product could not express, and what was done instead."""
    needs_unit: ClassVar[bool] = False
    """The product wants a unit in every call; contexts without one are not put to it."""

    @abstractmethod
    def payload(self, workload: Workload) -> bytes:
        """The rules as they would be shipped."""

    def prepare(self) -> None:
        """Import the product, so that loading rules is timed without it."""
        for module in self.modules:
            importlib.import_module(module)

    @abstractmethod
    def load(self, payload: bytes) -> Evaluator:
        """From the shipped bytes to a first possible decision."""

    def compile_seconds(self, workload: Workload, repeats: int) -> list[float]:
        """Seconds per compilation, the first one first; empty where nothing is compiled."""
        return []

    def reference(self, payload: bytes) -> Callable[[Shaped], Mapping[str, Any]] | None:
        """The product's own slow evaluator of the same payload, where it has one.

        Its results must be equal to those of `Evaluator.all` after `Evaluator.essence`.
        """
        return None

    def shape(self, context: Context) -> Shaped:
        """The context as the product wants it. Never timed."""
        return context

    def position(self, salt: str, unit: str) -> float:
        """Where the product's own hash puts a unit, in 0..10000."""
        return tacit_position(salt, unit)


NAMES = ("tacit", "eppo", "growthbook", "yggdrasil", "cel", "flagd", "hand", "empty")
"""All contenders; `hand` is what the others are compared with, `empty` is the harness itself."""


def find(name: str) -> Contender:
    if name not in NAMES:
        raise ValueError(f"no contender is called {name!r}; there are {', '.join(NAMES)}")
    made = importlib.import_module(f"bench.contenders.{name}").contender()
    assert isinstance(made, Contender)
    return made
