"""Does a program ask devices to remember anything?"""

from __future__ import annotations

from tacit.compiler import ir
from tacit.compiler.ir_state import Cadence


def needs_memory(program: ir.Program) -> bool:
    """Whether the bundle needs section 6; without it a device keeps no state for the bundle."""
    return bool(
        program.events
        or program.aggregates
        or program.caps
        or program.cooldowns
        or program.groups
        or any(segment.cadence is not Cadence.LIVE for segment in program.segments)
        or any(map(_surface, program.surfaces))
    )


def _surface(surface: ir.Surface) -> bool:
    return (
        surface.guardrails is not None
        or surface.holdout is not None
        # Topics are there for the person to say "less of".
        or any(variant.theme is not None or variant.topics for variant in surface.variants)
        or any(map(_rule, surface.rules))
    )


def _rule(rule: ir.Rule) -> bool:
    return rule.stop is not None or (isinstance(rule.outcome, ir.Split) and rule.outcome.sticky)
