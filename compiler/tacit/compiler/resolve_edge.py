"""What an edge surface may read and rely on: an edge knows no device and keeps no state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from tacit.compiler import models
from tacit.compiler.nodes import Path
from tacit.compiler.resolve_context import Context
from tacit.compiler.spans import Span

Reads: TypeAlias = dict[str, tuple[Path, Span | None, str]]
"""A signal's name -> where it is read, and by which way."""


def check_edge(
    context: Context,
    surface: str,
    path: Path,
    guardrails: models.GuardrailsModel | None,
    reads: Mapping[str, tuple[Path, Span | None, str]],
) -> None:
    """Complain of what the edge surface at `path` reads and cannot know."""
    for name, (where, span, via) in reads.items():
        found = context.signals.get(name)
        if found is None or found[1].source == "request":
            continue
        values = {"surface": surface, "signal": name, "via": via}
        if name in context.aggregates:
            labels = context.label(("aggregates", name), "an aggregate")
            if name not in context.project.aggregates:
                labels = ()  # built in
            context.at_span("E350", span, where, labels=labels, **values)
        else:
            source = found[1].source
            labels = context.label(("signals", name), f"its source is `{source}`")
            context.at_span("E306", span, where, labels=labels, source=source, **values)
    if guardrails is None or guardrails.without_state == "allow":
        return
    for key in ("cap", "cooldown", "stable_for", "changes_per_session"):
        if getattr(guardrails, key) is not None:
            context.at_key("W350", (*path, "guardrails", key), key=key)
