"""Joins pydantic and places: a node goes in; a model, or diagnostics in our words, come out."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from tacit.compiler import catalogue, habits, models
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.models_base import TAGS
from tacit.compiler.nearest import nearest
from tacit.compiler.nodes import ListNode, MapNode, Node, Path, Scalar, descend, path_text, span_of
from tacit.compiler.spans import Span

T = TypeVar("T")
# pydantic's type of an error -> what was expected, in our words.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "`true` or `false`",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
}
_APART = frozenset(
    {"because", "category", "description", "goal", "max_age", "owner", "sensitivity"}
)
# Their absence would be complained of by `resolve`, though no model requires them.
_AWAITED = frozenset({"personalize", "reason", "show", "split", "unit", "values", "variants"})
_MERGE = "<<"  # YAML 1.1 takes the keys of an alias over with it
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def key_span(root: Node, path: Path) -> Span | None:
    """The place of the key that `path` ends with; of the value itself for an item of a list."""
    holder, followed = descend(root, path[:-1])
    if followed == len(path) - 1 and isinstance(holder, MapNode):
        key = holder.keys.get(str(path[-1]))
        if key is not None:
            return span_of(key)
    return value_span(root, path)


def value_span(root: Node, path: Path) -> Span | None:
    """The place of the value at `path`, or of the nearest thing around it that has one.

    A mapping in block style is pointed at by its key, which says more than its first line.
    """
    node, followed = descend(root, path)
    if isinstance(node, Scalar) or (isinstance(node, ListNode | MapNode) and _is_flow(node)):
        found = span_of(node)
        if found is not None:
            return found
    if followed and isinstance(path[followed - 1], str):
        return key_span(root, path[:followed])
    if isinstance(node, MapNode) and node.keys:
        return span_of(next(iter(node.keys.values())))
    return span_of(node)


def _is_flow(node: ListNode | MapNode) -> bool:
    """Written with brackets: then the last child ends before the node does."""
    last = node.items[-1] if isinstance(node, ListNode) and node.items else None
    if isinstance(node, MapNode) and node.values:
        last = node.values[next(reversed(list(node.values)))]
    return last is None or last.end < node.end


def validate(
    adapter: TypeAdapter[T], model: type[BaseModel] | None, root: Node, path: Path, value: Any
) -> tuple[T | None, list[Diagnostic]]:
    """Check `value`, the data at `path` of `root`; `model` is the class of its keys, if any.

    Keys that are wrong by themselves (unknown, or without influence on others) are complained of
    and left out, so that the rest can still be checked; any other mistake means None.
    """
    nulls = _nulls(model, root, path, value)
    problems = list(nulls)
    found: T | None = None
    try:
        found = adapter.validate_python(value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        meant = {place for item in errors if (place := _meant_place(item, model)) is not None}
        said = {item.path for item in nulls}
        problems += [
            diagnostic
            for item in errors
            if not (item["type"] == "missing" and _place(item) in meant)  # it is misspelt
            for diagnostic in _translate(item, model, root, path)
            if not (diagnostic.code == "E133" and diagnostic.path in said)
        ]
        apart = {item["loc"][0] for item in errors if _stands_apart(item, model, value)}
        whole = all(_stands_apart(item, model, value) for item in errors)
        if isinstance(value, dict) and not nulls and whole:
            rest = {key: item for key, item in value.items() if key not in apart}
            found = adapter.validate_python(rest)
        return found, problems
    return (None if problems else found), problems


def _place(error: Any) -> Path:
    """Where an error of pydantic is, without the tags of unions."""
    return tuple(part for part in error["loc"] if part not in TAGS)


def _meant_place(error: Any, model: type[BaseModel] | None) -> Path | None:
    """Of an unknown key the place of the known one that was meant, if there is one near."""
    if error["type"] != "extra_forbidden":
        return None
    place = _place(error)
    holder = _model_at(model, place[:-1])
    key = str(place[-1])
    meant = habits.key(holder.__name__, key) if holder is not None else None
    meant = meant or nearest(key, _keys(holder) if holder is not None else ())
    return None if meant is None else (*place[:-1], meant)


def _stands_apart(error: Any, model: type[BaseModel] | None, value: Any) -> bool:
    """The key at fault says nothing that another key, or another entry, depends on."""
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        meant = _meant_place(error, model)
        awaited = meant is not None and meant[0] in _AWAITED and meant[0] not in value
        return len(location) == 1 and not awaited
    return bool(location) and location[0] in _APART


def _nulls(model: type[BaseModel] | None, root: Node, path: Path, value: Any) -> list[Diagnostic]:
    """E133: a key without a value must not pass for a key that is not there."""
    if model is None or not isinstance(value, dict):
        return []
    problems = []
    for key, item in value.items():
        here = (*path, key)
        if item is None:
            if key in _keys(model) and key not in models.NULLABLE:
                node, _ = descend(root, here)
                if not (isinstance(node, Scalar) and node.broken):
                    span = key_span(root, here)
                    problems.append(catalogue.make("E133", span, path_text(here), key=key))
        elif isinstance(item, dict):
            problems += _nulls(_model_at(model, (key,)), root, here, item)
    return problems


@cache
def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a model as a project writes them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _translate(
    item: Any, model: type[BaseModel] | None, root: Node, path: Path
) -> list[Diagnostic]:
    """One error of pydantic as diagnostics; none where the reader has complained already."""
    parts = list(_place(item))
    on_key = bool(parts) and parts[-1] == "[key]"
    here: Path = (*path, *(parts[:-1] if on_key else parts))
    node, followed = descend(root, here)
    if isinstance(node, Scalar) and node.broken and followed == len(here):
        return []
    kind: str = item["type"]
    text = path_text(here)
    context = item.get("ctx", {})
    if kind == "missing":
        if isinstance(node, MapNode) and _MERGE in node.values:
            return []  # it stands in what would be merged, and that is refused
        holder = key_span(root, here[:-1]) if len(here) > 1 else value_span(root, here[:-1])
        advice = one_of("choices", _choices(_model_at(model, tuple(parts[:-1])), here[-1]))
        return [catalogue.make("E121", holder, path_text(here[:-1]), key=here[-1], advice=advice)]
    if kind == "extra_forbidden":
        return [_unknown_key(_model_at(model, tuple(parts[:-1])), root, here, item["input"])]
    span = key_span(root, here) if on_key else value_span(root, here)
    if item["input"] is None and followed == len(here) and isinstance(here[-1], str):
        return [catalogue.make("E133", key_span(root, here), text, key=here[-1])]
    if kind in _EXPECTED:
        expected = _EXPECTED[kind]
        advice = habits.form(here, expected, item["input"])
        if kind == "string_type" and isinstance(item["input"], bool | int | float):
            advice = catalogue.ADVICE_QUOTE_SCALAR
        found = describe(item["input"])
        return [catalogue.make("E122", span, text, advice=advice, expected=expected, found=found)]
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        words = f"{one_of('choices', choices)}{habits.beside(here[-1])}"
        if not isinstance(item["input"], str):
            found, advice = describe(item["input"]), words
            return [catalogue.make("E122", span, text, advice=advice, expected="text", found=found)]
        meant = habits.choice(here[-1], item["input"]) or nearest(item["input"], choices)
        advice = words if meant is None else f"did you mean `{meant}`? {words}"
        return [catalogue.make("E123", span, text, advice=advice, value=item["input"])]
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return [catalogue.make("E134", span, text, bound=f"{words} {context[name]:,}")]
    if kind == "too_short":
        if item["input"] and isinstance(item["input"], list | dict):
            return []  # its parts are wrong, and each was named
        return [catalogue.make("E135", span, text)]
    if kind == "string_too_short":
        return [catalogue.make("E135", span, text)]
    if kind == "too_long":
        return [catalogue.make("E134", span, text, bound=f"at most {context['max_length']:,} long")]
    if kind in catalogue.TEXTS:
        return [_misspelt(kind, span, text, context["text"])]
    return [catalogue.make("E136", span, text, why=item["msg"].lower())]


def _misspelt(code: str, span: Span | None, path: str, text: str) -> Diagnostic:
    """A text that is not of its kind; the help begins with what was probably meant."""
    advice = catalogue.TEXTS[code].help
    meant = None
    if code == "E124":
        meant = habits.spelled(text, "_", "_")
    elif code == "E125":
        meant = habits.spelled(text, ".-", "-")
    elif code == "E129":
        advice = habits.share(text) or advice
    if meant is not None:
        advice = f"write `{meant}`; {advice}"
    return catalogue.make(code, span, path, text=text, advice=advice)


def _choices(model: type[BaseModel] | None, key: object) -> tuple[str, ...]:
    """What a key may be, where it is one of a few words."""
    field = model.model_fields.get(str(key)) if model is not None else None
    return get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()


def _unknown_key(
    model: type[BaseModel] | None, root: Node, here: Path, value: object
) -> Diagnostic:
    key = str(here[-1])
    span = key_span(root, here)
    name = model.__name__ if model else ""
    reserved = catalogue.RESERVED.get(name, {})
    if key in reserved:
        return catalogue.make("E132", span, path_text(here), key=key, what=reserved[key])
    known = _keys(model) if model is not None else ()
    meant = habits.key(name, key)
    advice = f"write `{meant}`" if meant else did_you_mean(key, known)
    holder, _ = descend(root, here[:-1])
    if advice is None and value is None and isinstance(holder, MapNode) and _is_flow(holder):
        advice = "a list is written in brackets: `[a, b]`"  # `{values: a, b}`
    advice = advice or one_of("known keys", known)
    return catalogue.make("E120", span, path_text(here), key=key, advice=advice)


def _model_at(model: type[BaseModel] | None, parts: Path) -> type[BaseModel] | None:
    """The model that the part at `parts` of `model` is checked by."""
    for part in parts:
        if model is None:
            return None
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            if part in fields:
                found = _models_in(fields[part].annotation)
                model = found[0] if found else None
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models mentioned in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for argument in get_args(annotation) if get_origin(annotation) is not None else ():
        found += _models_in(argument)
    return found


def describe(value: Any) -> str:
    """What a value is, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number {value}" if len(str(value)) < 24 else "a number"
    if isinstance(value, str):
        return f"the text `{value}`" if len(value) <= 40 and value.isprintable() else "text"
    return "a list" if isinstance(value, list) else "a mapping"


def did_you_mean(name: str, known: Any) -> str | None:
    """Help with the nearest known name, if one is near."""
    found = nearest(name, known)
    return None if found is None else f"did you mean `{found}`?"


def one_of(what: str, known: Any) -> str | None:
    """Help that lists known names."""
    names = list(known)
    if not names:
        return None
    shown = ", ".join(f"`{name}`" for name in names[:20])
    return f"{what}: {shown}" + (", ..." if len(names) > 20 else "")
