"""Signals: what their type allows, and their typed form."""

from __future__ import annotations

from tacit.compiler import ir, models
from tacit.compiler.expressions.advice import RESERVED
from tacit.compiler.ir import SignalType
from tacit.compiler.nodes import Path
from tacit.compiler.quantities import duration_ms
from tacit.compiler.resolve_context import Context

# Words that cannot be names in an expression.
RESERVED_WORDS = RESERVED | {"true", "false", "null", "in"}
_NUMBERS = (SignalType.INT, SignalType.DOUBLE)
_TEXTS = (SignalType.STRING, SignalType.STRING_LIST)
# Key -> (types that have it, what to say when another has it).
_ONLY = {
    "values": ((SignalType.ENUM,), "`values` lists the members of an enum"),
    "min": (_NUMBERS, "`min` bounds numbers"),
    "max": (
        (*_NUMBERS, SignalType.STRING_LIST),
        "`max` bounds numbers and the elements of a string_list",
    ),
    "max_length": (_TEXTS, "`max_length` bounds the characters of a string"),
    "max_items": ((SignalType.STRING_LIST,), "`max_items` bounds the elements of a string_list"),
}


def resolve_signals(context: Context) -> None:
    """Fill `context.signals` and `context.faulty` from the project, in declared order."""
    for name, model in context.project.signals.items():
        path: Path = ("signals", name)
        before = len(context.diagnostics)
        if name in RESERVED_WORDS:
            context.at_key("E261", path, name=name, kind="signal")
        if model is not None:
            check(context, path, model)
        if model is None or len(context.diagnostics) > before:
            context.faulty.add(name)
        else:
            signal = _signal(context, name, model)
            context.signals[name] = (context.number(signal), signal)


def check(context: Context, path: Path, model: models.SignalModel | models.FieldModel) -> None:
    """Complain of bounds that the type at `path` does not have, or that cannot be."""
    type_ = SignalType(model.type)
    for key, (types, advice) in _ONLY.items():
        if getattr(model, key, None) is not None and type_ not in types:
            context.at_key("E264", (*path, key), type=type_.value, key=key, advice=advice)
    if type_ in _NUMBERS:
        _check_bounds(context, path, model)
    if isinstance(model, models.FieldModel):
        return
    if type_ is SignalType.ENUM:
        _check_members(context, path, model)
    elif type_ is SignalType.STRING_LIST and model.max is not None:
        if model.max_items is not None:
            context.at_key("E273", (*path, "max"))
        elif not isinstance(model.max, int):
            context.at_value("E266", (*path, "max"), value=model.max)
        elif not 1 <= model.max <= models.MAX_ITEMS:
            bound = f"from 1 to {models.MAX_ITEMS:,}"
            context.at_value("E134", (*path, "max"), bound=bound)


def _check_members(context: Context, path: Path, model: models.SignalModel) -> None:
    if model.values is None:
        context.at_key("E262", path)
        return
    first: dict[str, int] = {}
    for index, value in enumerate(model.values):
        here = (*path, "values", index)
        if len(value) > models.MAX_MEMBER_LENGTH:
            bound = f"at most {models.MAX_MEMBER_LENGTH} characters long"
            context.at_value("E134", here, bound=bound)
        elif value in first:
            labels = context.label((*path, "values", first[value]), "first given here")
            context.at_value("E263", here, value=value, labels=labels)
        else:
            first[value] = index


def _check_bounds(
    context: Context, path: Path, model: models.SignalModel | models.FieldModel
) -> None:
    if model.type == "int":
        for key, bound in (("min", model.min), ("max", model.max)):
            if isinstance(bound, float) and not bound.is_integer():
                context.at_value("E266", (*path, key), value=bound)
    if model.min is not None and model.max is not None and model.min > model.max:
        context.at_value("E265", (*path, "min"), minimum=model.min, maximum=model.max)


def _signal(context: Context, name: str, model: models.SignalModel) -> ir.Signal:
    type_ = SignalType(model.type)
    bounded = type_ in _NUMBERS
    max_items = model.max_items
    if type_ is SignalType.STRING_LIST and max_items is None and model.max is not None:
        max_items = int(model.max)
    return ir.Signal(
        name=name,
        type=type_,
        source=model.source,
        category=model.category,
        sensitivity=model.sensitivity,
        purpose=model.purpose,
        values=tuple(model.values or ()),
        minimum=bound(type_, model.min) if bounded else None,
        maximum=bound(type_, model.max) if bounded else None,
        max_length=256 if model.max_length is None else model.max_length,
        max_items=64 if max_items is None else max_items,
        max_age_ms=None if model.max_age is None else duration_ms(model.max_age),
        span=context.project.key_span(("signals", name)),
    )


def bound(type_: SignalType, value: int | float | None) -> int | float | None:
    """A bound in its signal's type; minus zero is zero."""
    if value is None:
        return None
    return int(value) if type_ is SignalType.INT else float(value) + 0.0
