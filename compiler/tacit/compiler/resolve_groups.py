"""Groups: variants of several surfaces that are counted together, surfaces that show one theme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tacit.compiler import ir, ir_state, models
from tacit.compiler.nodes import Path
from tacit.compiler.quantities import duration_ms
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.resolve_guardrails import Guards, caps_of


def resolve_groups(
    context: Context, surfaces: Mapping[str, ir.Surface], guards: Guards
) -> tuple[ir_state.Group, ...]:
    """The coherence groups; caps and cooldowns of groups of variants are added to `guards`.

    `surfaces` are those that are sound. Their numbers are those of the project's surfaces.
    """
    groups = []
    grouped: dict[str, str] = {}  # surface -> its coherence group
    for name, model in context.project.groups.items():
        if model is None:
            continue
        path: Path = ("groups", name)
        if (model.variants is None) == (model.coherent is None):
            context.at_key("E355", path)
        elif model.coherent is not None:
            for key in ("cap", "cooldown", "without_state"):
                if getattr(model, key) is not None:
                    context.at_key("E356", (*path, key), key=key)
            group = _coherent(context, surfaces, path, model.coherent, grouped)
            if group is not None:
                groups.append(group)
        else:
            _counted(context, surfaces, path, model, guards)
    return tuple(groups)


# ------------------------------------------------------- counted together


def _counted(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    model: models.GroupModel,
    guards: Guards,
) -> None:
    if model.cap is None and model.cooldown is None:
        context.at_key("E357", path)
    found: list[tuple[int, int]] = []
    for number, text in enumerate(model.variants or ()):
        here = (*path, "variants", number)
        reference = find_variant(context, surfaces, text, here)
        if reference is None:
            continue
        name, variant = reference
        surface = surfaces[name]
        place = (list(context.project.surfaces).index(name), variant)
        if variant == surface.default:
            context.at_value("E351", here, name=surface.variants[variant].id)
        elif place in found:
            context.at_value("E358", here, name=text)
        else:
            found.append(place)
    if not found:
        return
    variants = tuple(sorted(found))
    allow = model.without_state == "allow"
    if model.cap is not None:
        guards.caps += caps_of(context, variants, (*path, "cap"), model.cap, allow=allow)
    if model.cooldown is not None:
        length = duration_ms(model.cooldown) or 0
        span = context.project.key_span((*path, "cooldown"))
        guards.cooldowns.append(ir_state.Cooldown(variants, length, allow, span))


def find_variant(
    context: Context, surfaces: Mapping[str, ir.Surface], text: str, path: Path
) -> tuple[str, int] | None:
    """The surface and the variant's index of `surface.variant`; complains of any other text.

    None without a complaint where the surface is at fault itself. Ids may hold dots, so every dot
    is tried.
    """
    for at in [at for at, letter in enumerate(text) if letter == "."]:
        name, id_ = text[:at], text[at + 1 :]
        surface = surfaces.get(name)
        if surface is None:
            if name in context.project.surfaces:
                return None
            continue
        for index, variant in enumerate(surface.variants):
            if variant.id == id_:
                return name, index
    known = list(_references(surfaces))
    if len(surfaces) < len(context.project.surfaces) and not known:
        return None
    advice = suggestion(text, "variants", known)
    context.at_value("E361", path, text=text, advice=advice)
    return None


def _references(surfaces: Mapping[str, ir.Surface]) -> Iterator[str]:
    for name, surface in surfaces.items():
        for variant in surface.variants:
            yield f"{name}.{variant.id}"


# --------------------------------------------------------------- coherent


def _coherent(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    names: list[str],
    grouped: dict[str, str],
) -> ir_state.Group | None:
    declared = list(context.project.surfaces)
    group = str(path[-1])
    found: list[str] = []
    for number, name in enumerate(names):
        here = (*path, "coherent", number)
        if name not in declared:
            advice = suggestion(name, "surfaces", declared)
            context.at_value("E341", here, name=name, advice=advice)
        elif name in found:
            context.at_value("E358", here, name=name)
        elif name in grouped:
            labels = context.label(("groups", grouped[name]), "the other group")
            context.at_value("E359", here, name=name, group=grouped[name], labels=labels)
        else:
            found.append(name)
    grouped.update(dict.fromkeys(found, group))
    if len(names) < 2:
        context.at_key("E362", (*path, "coherent"))
    known = [surfaces[name] for name in sorted(found, key=declared.index) if name in surfaces]
    if len(known) < len(names):
        return None
    if not any(variant.theme for surface in known for variant in surface.variants):
        context.at_key("E360", path)
    _places(context, path, known, names)
    numbers = tuple(declared.index(surface.name) for surface in known)
    return ir_state.Group(group, numbers, context.project.key_span(path))


def _places(context: Context, path: Path, surfaces: list[ir.Surface], names: list[str]) -> None:
    """An edge that decides a surface decides those before it in the group too."""
    for number, surface in enumerate(surfaces):
        before = [other for other in surfaces[:number] if other.place is not ir.Place.EDGE]
        if surface.place is ir.Place.EDGE and before:
            here = (*path, "coherent", names.index(surface.name))
            values = {"name": surface.name, "other": before[0].name, "place": before[0].place.value}
            context.at_value("E363", here, **values)
