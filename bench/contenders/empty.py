"""The empty contender: decides nothing, so its time is the cost of the harness."""

from __future__ import annotations

from bench.contenders import Contender, Evaluator
from bench.description import Workload


class Empty(Contender):
    name = "empty"
    notes = ("Decides nothing: what it costs is the harness. Reported, never subtracted.",)

    def payload(self, workload: Workload) -> bytes:
        return b""

    def load(self, payload: bytes) -> Evaluator:
        return Evaluator(one=lambda surface, context: "", all=lambda context: {})


def contender() -> Contender:
    return Empty()
