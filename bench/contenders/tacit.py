"""tacit: the compiled bundle and `Bundle.decide`, as any host would call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from time import perf_counter
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import Workload
from bench.project import project


def _variants(decisions: Mapping[str, Any]) -> list[str]:
    return [decision.variant for decision in decisions.values()]


_essence = attrgetter("surface", "variant", "rule", "reason", "unknown")


class Tacit(Contender):
    name = "tacit"
    packages = ("tacit", "msgpack")
    modules = ("tacit.runtime",)
    notes = (
        "The bundle is built without debug names; the contents of all variants are null.",
        "decide() also says the reason, the rule and which signals were unknown.",
    )

    def payload(self, workload: Workload) -> bytes:
        from tacit.compiler import compile_project

        return bytes(compile_project(project(workload), debug=False).bytes)

    def compile_seconds(self, workload: Workload, repeats: int) -> list[float]:
        from tacit.compiler import compile_project

        source = project(workload)
        times = []
        for _ in range(repeats):
            start = perf_counter()
            compile_project(source, debug=False)
            times.append(perf_counter() - start)
        return times

    def load(self, payload: bytes) -> Evaluator:
        from tacit.runtime import Bundle

        bundle = Bundle.load(payload)
        return Evaluator(
            one=bundle.decide,
            all=bundle.decide_all,
            variant=attrgetter("variant"),
            read=_variants,
            # Without debug names a rule is its number on the surface.
            rule=attrgetter("rule"),
            essence=_essence,
        )

    def reference(self, payload: bytes) -> Callable[[Shaped], Mapping[str, Any]] | None:
        from tacit.runtime import reference

        program = reference.decode(payload)

        def decide_all(context: Shaped) -> Mapping[str, Any]:
            decisions = reference.decide_all(program, context)
            return {surface: _essence(decision) for surface, decision in decisions.items()}

        return decide_all


def contender() -> Contender:
    return Tacit()
