"""What tacit must reach, and whether a result does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Result: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Target:
    text: str
    limit: float
    value: Callable[[Result], float]
    """Raises KeyError or TypeError where the run did not measure it."""
    unit: str = ""


def tacit(result: Result, workload: str) -> Any:
    return result["workloads"][workload]["contenders"]["tacit"]


def _ratio(workload: str, measure: str) -> Callable[[Result], float]:
    return lambda result: float(tacit(result, workload)[measure]["ratio"])


def _growth(small: str, large: str) -> Callable[[Result], float]:
    """How much longer all surfaces take with ten times the rules."""
    return lambda result: float(
        tacit(result, large)["all"]["us"] / tacit(result, small)["all"]["us"]
    )


def _compile(workload: str) -> Callable[[Result], float]:
    return lambda result: float(tacit(result, workload)["compile"]["first_s"])


def _remembering(name: str, measure: str) -> Callable[[Result], float]:
    return lambda result: float(result["remembering"][name][measure])


def _with_state(name: str, measure: str) -> Callable[[Result], float]:
    return lambda result: float(result["remembering"][name][measure]["ratio"])


TARGETS: tuple[Target, ...] = (
    *(
        Target(f"one surface, N = {size}, ratio", 0.5, _ratio(f"n{size}", "one"))
        for size in (10, 100, 1000, 10_000)
    ),
    Target("all 100 surfaces, N = 1000, ratio", 0.04, _ratio("n1000", "all")),
    Target("all 1000 surfaces, N = 10000, ratio", 0.015, _ratio("n10000", "all")),
    Target("all surfaces, N = 100 to 1000, times longer", 8, _growth("n100", "n1000")),
    Target("all surfaces, N = 1000 to 10000, times longer", 8, _growth("n1000", "n10000")),
    Target(
        "load, N = 1000, median", 1, lambda r: float(tacit(r, "n1000")["load"]["median_ms"]), "ms"
    ),
    Target("bundle, N = 1000, raw", 18, lambda r: tacit(r, "n1000")["payload"]["raw"] / 1000, "KB"),
    Target(
        "bundle, N = 1000, gzip -9",
        10.5,
        lambda r: tacit(r, "n1000")["payload"]["gzip"] / 1000,
        "KB",
    ),
    Target(
        "memory added, N = 10000", 8, lambda r: float(tacit(r, "n10000")["load"]["memory_mb"]), "MB"
    ),
    Target("compile, N = 1000", 1, _compile("n1000"), "s"),
    Target("compile, N = 10000", 10, _compile("n10000"), "s"),
    *(
        Target(f"{name}, {measure}, with a state to without", 1.5, _with_state(name, measure))
        for name in ("shop", "n1000")
        for measure in ("one", "all")
    ),
    *(
        Target(f"{name}, recording an event", 5, _remembering(name, "event_us"), "us")
        for name in ("shop", "n1000")
    ),
)


def judged(result: Result) -> list[dict[str, Any]]:
    """Every target with its value (None: not measured in this run) and whether it is met."""
    rows = []
    for target in TARGETS:
        try:
            value: float | None = target.value(result)
        except (KeyError, TypeError):
            value = None
        rows.append(
            {
                "target": target.text,
                "unit": target.unit,
                "limit": target.limit,
                "value": value if value is None else float(f"{value:.4g}"),
                "met": None if value is None else value <= target.limit,
            }
        )
    return rows
