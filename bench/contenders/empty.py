"""The empty contender: decides nothing, so its time is the cost of the harness."""

from __future__ import annotations

from collections.abc import Mapping

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import Workload


class _Nothing(Evaluator):
    def one(self, surface: str, context: Shaped) -> str:
        return ""

    def all(self, context: Shaped) -> Mapping[str, str]:
        return {}


class Empty(Contender):
    name = "empty"
    notes = ("Decides nothing: what it costs is the harness. Reported, never subtracted.",)

    def payload(self, workload: Workload) -> bytes:
        return b""

    def prepare(self) -> None:
        """Nothing to import."""

    def load(self, payload: bytes) -> Evaluator:
        return _Nothing()


def contender() -> Contender:
    return Empty()
