"""Experiments and the holdout: what they want of the buckets, and what the lock gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tacit.compiler import catalogue, ir, models
from tacit.compiler import lock as locks
from tacit.compiler.buckets import allot
from tacit.compiler.nodes import Path
from tacit.compiler.quantities import BUCKETS, share_points, show_share
from tacit.compiler.resolve_context import Context

HOLDOUT: locks.PoolKey = ("holdout", "")
"""The holdout of all surfaces; that of one has the surface's id."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its ranges by arm, in declared order; an arm of 0 % has none."""

    unit: int
    salt: str
    arms: Mapping[str, tuple[ir.Range, ...]]
    sticky: bool = False


@dataclass(frozen=True, slots=True)
class Wants:
    """What the source asks of the lock. `sound` is False if some of it is wrong."""

    pools: tuple[locks.Want, ...]
    units: Mapping[locks.PoolKey, int]
    sound: bool


def find_wants(context: Context) -> Wants:
    """Check experiments and holdout, and count the buckets that each arm wants."""
    project = context.project
    before = len(context.diagnostics)
    sound = None not in project.experiments.values()
    sizes: dict[locks.PoolKey, list[tuple[locks.Arm, int]]] = {}
    units: dict[locks.PoolKey, int] = {}
    first: dict[locks.PoolKey, str] = {}  # of each layer, the first experiment
    for name, model in project.experiments.items():
        if model is None:
            continue
        path: Path = ("experiments", name)
        key = ("layer", model.layer) if model.layer is not None else ("experiment", name)
        unit = context.unit(model.unit, (*path, "unit"), path)
        sound = sound and unit is not None
        if unit is not None and units.setdefault(key, unit) != unit:
            _other_unit(context, path, model.layer or "", first[key], (units[key], unit))
        first.setdefault(key, name)
        sizes.setdefault(key, []).extend(_arm_sizes(context, name, model))
    for key, pool in sizes.items():
        total = sum(size for _, size in pool)
        if key[0] == "layer" and total > BUCKETS:
            path = ("experiments", first[key], "layer")
            context.at_value("E314", path, layer=key[1], total=show_share(total))
    sound = _holdouts(context, sizes, units) and sound
    names = [signal.name for _, signal in context.signals.values()]
    pools = tuple(
        locks.Want(key, names[units[key]], tuple(pool))
        for key, pool in sizes.items()
        if key in units
    )
    return Wants(pools, units, sound and len(context.diagnostics) == before)


def _other_unit(
    context: Context, path: Path, layer: str, first: str, units: tuple[int, int]
) -> None:
    names = [signal.name for _, signal in context.signals.values()]
    labels = context.label(("experiments", first), f"buckets by `{names[units[0]]}`")
    values = {"layer": layer, "unit": names[units[0]], "other": names[units[1]]}
    context.at_key("E313", path, labels=labels, **values)


def _arm_sizes(
    context: Context, name: str, model: models.ExperimentModel
) -> list[tuple[locks.Arm, int]]:
    path: Path = ("experiments", name)
    traffic = BUCKETS if model.traffic is None else share_points(model.traffic) or 0
    if traffic == 0:
        context.at_value("E311", (*path, "traffic"), what="experiment")
    shares = {arm: share_points(share) or 0 for arm, share in model.arms.items()}
    if not sums_up(context, (*path, "arms"), shares) or traffic == 0:
        return []
    sizes = allot(traffic, shares)
    for arm, size in sizes.items():
        if size == 0 and shares[arm] > 0:
            here = (*path, "arms", arm)
            context.at_value("E315", here, arm=arm, traffic=show_share(traffic))
    return [((name, arm), sizes[arm]) for arm in model.arms]


def sums_up(context: Context, path: Path, shares: Mapping[str, int]) -> bool:
    """Complain unless the shares at `path` add up to 100 %."""
    total = sum(shares.values())
    if total == BUCKETS:
        return True
    last = list(shares)[-1]
    rest = shares[last] + BUCKETS - total
    advice = f"with `{last}: {show_share(rest)}` they do" if 0 <= rest <= BUCKETS else None
    context.at_key("E303", path, total=show_share(total).replace("%", " %"), advice=advice)
    return False


def _holdouts(
    context: Context,
    sizes: dict[locks.PoolKey, list[tuple[locks.Arm, int]]],
    units: dict[locks.PoolKey, int],
) -> bool:
    """Check the project's holdout and those of surfaces; whether all are sound."""
    project = context.project
    sound = not context.is_broken("holdout")
    found: list[tuple[locks.PoolKey, Path, models.HoldoutModel | str]] = []
    if project.holdout is not None:
        found.append((HOLDOUT, ("holdout",), project.holdout))
    for name, entry in project.surfaces.items():
        if entry.model is None:
            # Its shape is wrong; whether it asks the lock for a holdout can be seen all the same.
            asks = project.root.data["surfaces"][name]
            sound = sound and not (isinstance(asks, dict) and "holdout" in asks)
        elif entry.model.holdout is not None:
            found.append((("holdout", name), (*entry.path, "holdout"), entry.model.holdout))
    for key, path, model in found:
        short = isinstance(model, str)
        share = share_points(model if isinstance(model, str) else model.share) or 0
        if share == 0:
            context.at_value("E316", path if short else (*path, "share"))
        own = None if isinstance(model, str) else model.unit
        unit = context.unit(own, (*path, "unit"), path)
        if unit is None or share == 0:
            sound = False
        else:
            sizes[key] = [(("", locks.HELD), share)]
            units[key] = unit
    return sound


def fit_lock(context: Context, wants: Wants, lock: locks.Lock | None) -> locks.Lock | None:
    """The lock to compile with; None if the given one does not fit the source."""
    project = context.project
    if lock is None:
        if wants.pools:
            context.at_key("W320", _first_dealt(context, wants))
        return locks.deal(project.id or "", wants.pools)
    before = len(context.diagnostics)
    if lock.project != project.id:
        context.at_value("E323", ("project",), found=lock.project, project=project.id)
    advice: str | None = catalogue.ADVICE_REBALANCE
    if (rename := locks.likely_rename(lock, wants.pools)) is not None:
        advice = catalogue.ADVICE_RENAME.format(old=rename[0], new=rename[1])
    for key, arm, why in locks.mismatches(lock, wants.pools):
        context.at_key("E324", _place(context, key, arm), why=why, advice=advice)
        advice = None  # once is enough
    return lock if len(context.diagnostics) == before else None


def _first_dealt(context: Context, wants: Wants) -> Path:
    """Where to say that buckets are dealt anew: once is enough."""
    if context.project.experiments:
        return ("experiments",)
    return _place(context, wants.pools[0].key, None)


def _place(context: Context, key: locks.PoolKey, arm: locks.Arm | None) -> Path:
    """Where in the source something stands that does not fit the lock."""
    experiments = context.project.experiments
    if key[0] == "holdout" and key != HOLDOUT:
        declared = key[1] in context.project.surfaces
        return ("surfaces", key[1], "holdout") if declared else ("project",)
    if key == HOLDOUT:
        return ("holdout",) if context.project.holdout is not None else ("project",)
    if arm is not None:
        return ("experiments", arm[0], "arms", arm[1])
    for name, model in experiments.items():
        if key in (("experiment", name), ("layer", model.layer if model else None)):
            return ("experiments", name)
    return ("experiments",) if experiments else ("project",)


Holdouts: TypeAlias = Mapping[str, ir.Holdout]
"""By surface; under the empty name that of all surfaces."""


def resolved(
    context: Context, wants: Wants, lock: locks.Lock
) -> tuple[dict[str, Experiment], Holdouts]:
    """Experiments with their ranges, and the holdouts. The lock fits."""
    experiments = {}
    for name, model in context.project.experiments.items():
        if model is None:
            continue
        key = ("layer", model.layer) if model.layer is not None else ("experiment", name)
        pool = lock.pools[key]
        arms = {arm: pool.ranges[(name, arm)] for arm in model.arms}
        experiments[name] = Experiment(wants.units[key], pool.salt, arms, model.sticky)
    holdouts = {}
    for key, unit in wants.units.items():
        if key[0] == HOLDOUT[0]:
            pool = lock.pools[key]
            holdouts[key[1]] = ir.Holdout(unit, pool.salt, pool.ranges[("", locks.HELD)])
    return experiments, holdouts
