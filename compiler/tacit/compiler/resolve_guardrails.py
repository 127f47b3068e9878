"""Guardrails of a surface: caps, cooldowns, budgets of change, and when a variant does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tacit.compiler import ir, ir_state, models
from tacit.compiler.nodes import Path
from tacit.compiler.quantities import cap, duration_ms
from tacit.compiler.resolve_aggregates import fit_window
from tacit.compiler.resolve_context import Context, suggestion, written
from tacit.compiler.windows import slot_of

ANY = "*"
Variants: TypeAlias = tuple[tuple[int, int], ...]
"""(surface, variant) indexes, rising."""


@dataclass(slots=True)
class Guards:
    """Caps and cooldowns of all surfaces and groups, in declared order."""

    caps: list[ir_state.Cap] = field(default_factory=list)
    cooldowns: list[ir_state.Cooldown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The surface that guardrails at `path` speak of."""

    number: int
    name: str
    variants: Mapping[str, int]
    default: str
    path: Path
    condition: Callable[[Path, str], ir.Condition]  # checks the expression at a path


def resolve_guardrails(
    context: Context, surface: Guarded, model: models.GuardrailsModel, guards: Guards
) -> ir_state.Guardrails:
    """The guardrails of one surface. Its caps and cooldowns are added to `guards`."""
    allow = model.without_state == "allow"
    for name, path, capped in _by_variant(surface, "cap", model.cap):
        variants = _guarded(context, surface, name, path)
        if variants is not None:
            whole = name == ANY
            guards.caps += caps_of(context, variants, path, capped, allow=allow, whole=whole)
    for name, path, length in _by_variant(surface, "cooldown", model.cooldown):
        variants = _guarded(context, surface, name, path)
        if variants is not None:
            cooldown = duration_ms(length) or 0
            span = context.project.key_span(path)
            whole = name == ANY
            guards.cooldowns.append(ir_state.Cooldown(variants, cooldown, allow, span, whole))
    suppress = tuple(
        found
        for name, item in (model.suppress or {}).items()
        if (found := _suppress(context, surface, name, item)) is not None
    )
    return ir_state.Guardrails(
        stable_for=duration_ms(model.stable_for) if model.stable_for is not None else None,
        changes_per_session=model.changes_per_session,
        suppress=suppress,
        without_state=allow,
    )


def _by_variant(surface: Guarded, key: str, written: Any) -> Iterator[tuple[str, Path, Any]]:
    """What is written under `key`, by variant; alone, it is for any but the default."""
    path = (*surface.path, key)
    if isinstance(written, dict):
        for name, item in written.items():
            yield name, (*path, name), item
    elif written is not None:
        yield ANY, path, written


def _guarded(context: Context, surface: Guarded, name: str, path: Path) -> Variants | None:
    """The variants that a guardrail at `path` means; complains where there are none."""
    if name == ANY:
        found = tuple(
            (surface.number, index)
            for id_, index in surface.variants.items()
            if id_ != surface.default
        )
        if not found:
            context.at_key("E353", path, surface=surface.name)
        return found or None
    if not may_be_guarded(context, name, surface, path):
        return None
    return ((surface.number, surface.variants[name]),)


def may_be_guarded(context: Context, name: str, surface: Guarded, path: Path) -> bool:
    """Whether the key at `path` is a variant other than the default."""
    if name not in surface.variants:
        advice = suggestion(name, "variants", surface.variants)
        context.at_key("E301", path, name=name, surface=surface.name, advice=advice)
        return False
    if name == surface.default:
        context.at_key("E351", path, name=name)
        return False
    return True


def caps_of(
    context: Context,
    variants: Variants,
    path: Path,
    capped: str | int | Sequence[str | int],
    *,
    allow: bool,
    whole: bool = False,
) -> list[ir_state.Cap]:
    """The caps written at `path`: one, or a list of them."""
    if isinstance(capped, str | int):
        texts = [(path, capped)]
    else:
        texts = [((*path, number), text) for number, text in enumerate(capped)]
    span = context.project.key_span(path)
    caps = []
    for here, text in texts:
        found = cap(str(text))
        if found is None:
            continue  # the shape is wrong, and that has been said
        if found.limit == 0:
            context.at_value("E352", here)
            continue
        window = None
        if found.within is not None:
            slot = slot_of(found.within)
            window = fit_window(context, found.within, slot, here, own_slot=False)
            if window is None:
                continue
        caps.append(ir_state.Cap(variants, found.limit, window, allow, span, whole))
    return caps


def _suppress(
    context: Context, surface: Guarded, name: str, model: models.SuppressModel
) -> ir_state.Suppress | None:
    path = (*surface.path, "suppress", name)
    known = may_be_guarded(context, name, surface, path)
    when = None
    text = written(model.when) if model.when is not None else ""
    if model.when is not None:
        when = surface.condition((*path, "when"), text)
    elif model.dismissed is None and model.shown_without_click is None:
        context.at_key("E354", path)
    if not known:
        return None
    return ir_state.Suppress(
        variant=surface.variants[name],
        when=when,
        when_text=text,
        dismissed=model.dismissed,
        unclicked=model.shown_without_click,
        span=context.project.key_span(path),
    )
