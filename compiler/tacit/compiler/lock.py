"""`tacit.lock`: who has which buckets, so that changed shares move as few people as possible.

A *pool* is one set of 10,000 bucket positions with one salt and one unit: a layer, an experiment
without a layer, or a holdout. A pool's positions belong to arms, or to nobody. The lock records
every pool; the source says how many positions each arm wants (`Want`).

    {
      "lock": 1,
      "project": "storefront",
      "pools": {
        "layer offers": {"unit": "install_id", "salt": "q3v0XbA", "ranges": {
          "winback-1/classic": [[0, 5000]],
          "winback-1/comeback": [[5000, 10000]]
        }}
      },
      "checksum": "..."
    }

JSON, names sorted, ranges half open and as long as can be. The checksum is over the content, not
the layout, so line endings do not matter.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tacit.compiler import catalogue
from tacit.compiler.buckets import SALT_LENGTH, Ranges, count, join, redistribute, salt
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.quantities import BUCKETS, show_share
from tacit.compiler.spans import Span

VERSION = 1
SALT = rf"[A-Za-z0-9_-]{{{SALT_LENGTH}}}"
HELD = "held"
"""The one arm of a holdout's pool."""

PoolKey: TypeAlias = tuple[str, str]
"""Kind (`layer`, `experiment`, `holdout`) and id; of a holdout its surface, or nothing for all."""
Arm: TypeAlias = tuple[str, str]
"""Experiment and arm; the experiment is empty in a holdout."""


@dataclass(frozen=True, slots=True)
class Pool:
    """10,000 positions under one salt, and whose they are."""

    unit: str
    salt: str
    ranges: Mapping[Arm, Ranges]


@dataclass(frozen=True, slots=True)
class Lock:
    project: str
    pools: Mapping[PoolKey, Pool]


@dataclass(frozen=True, slots=True)
class Want:
    """What the source asks of one pool: a number of positions for each arm, in declared order."""

    key: PoolKey
    unit: str
    sizes: tuple[tuple[Arm, int], ...]


# ------------------------------------------------------------------ dealing


def deal(project: str, wants: Iterable[Want]) -> Lock:
    """Give out all positions from the first on, in declared order: for a project without a lock."""
    return rebalance(None, project, wants)


def rebalance(
    old: Lock | None,
    project: str,
    wants: Iterable[Want],
    renames: Mapping[str, str] | None = None,
) -> Lock:
    """The lock that fits `wants` and leaves as many positions as possible with whom they are.

    `renames` maps old to new: an experiment or layer by id, an arm as `experiment/arm`.
    """
    before = _renamed(old, renames or {}).pools if old is not None else {}
    pools = {}
    for want in wants:
        pool = before.get(want.key)
        # With another unit every person falls into another bucket; there is nothing to keep.
        ranges = pool.ranges if pool is not None and pool.unit == want.unit else {}
        fallback = salt(SALT_LENGTH, *_salted(want.key, project))
        pools[want.key] = Pool(
            want.unit,
            pool.salt if pool is not None else fallback,
            redistribute(ranges, dict(want.sizes)),
        )
    return Lock(project, pools)


def _salted(key: PoolKey, project: str) -> tuple[str, str]:
    """What the first salt of a pool is made from."""
    kind, name = key
    if kind == "holdout":
        # A surface may be called as its project is, and their holdouts must not be one.
        return ("holdout of", name) if name else (kind, project)
    return key


def _renamed(lock: Lock, renames: Mapping[str, str]) -> Lock:
    """The lock with experiments, layers and arms under their new names."""

    def arm(old: Arm) -> Arm:
        experiment, name = old
        return renames.get(experiment, experiment), renames.get(
            f"{experiment}/{name}", f"/{name}"
        ).rpartition("/")[2]

    return Lock(
        lock.project,
        {
            (kind, renames.get(name, name)): Pool(
                pool.unit, pool.salt, {arm(key): value for key, value in pool.ranges.items()}
            )
            for (kind, name), pool in lock.pools.items()
        },
    )


def collides(lock: Lock, renames: Mapping[str, str]) -> bool:
    """Whether two pools, or two arms of one, would come to have one name."""
    after = _renamed(lock, renames)
    return len(after.pools) < len(lock.pools) or any(
        len(pool.ranges) < len(lock.pools[key].ranges)
        for key, pool in zip(lock.pools, after.pools.values(), strict=True)
    )


def moved(old: Lock, new: Lock, renames: Mapping[str, str] | None = None) -> dict[PoolKey, int]:
    """By pool, how many positions change hands; all that are owned, where unit or salt changes."""
    old = _renamed(old, renames or {})
    return {
        key: _changed(old.pools.get(key), new.pools.get(key))
        for key in sorted(old.pools.keys() | new.pools.keys())
    }


def _changed(old: Pool | None, new: Pool | None) -> int:
    before, after = _owners(old), _owners(new)
    if old is not None and new is not None and (old.unit, old.salt) != (new.unit, new.salt):
        return max(sum(owner is not None for owner in owners) for owners in (before, after))
    return sum(first != second for first, second in zip(before, after, strict=True))


def _owners(pool: Pool | None) -> list[Arm | None]:
    owners: list[Arm | None] = [None] * BUCKETS
    for arm, ranges in (pool.ranges if pool is not None else {}).items():
        for start, end in ranges:
            owners[start:end] = [arm] * (end - start)
    return owners


# ------------------------------------------------------------------ the file


def write(lock: Lock) -> str:
    """The text of `tacit.lock`. Equal locks have equal texts."""
    content = _content(lock)
    pools = []
    for name, pool in content["pools"].items():
        lines = [
            f"        {json.dumps(arm)}: {json.dumps(ranges)}"
            for arm, ranges in pool["ranges"].items()
        ]
        head = f'"unit": {json.dumps(pool["unit"])}, "salt": {json.dumps(pool["salt"])}'
        body = ",\n".join(lines)
        pools.append(f'    {json.dumps(name)}: {{{head}, "ranges": {{\n{body}\n    }}}}')
    return (
        f'{{\n  "lock": {VERSION},\n  "project": {json.dumps(lock.project)},\n  "pools": {{\n'
        + ",\n".join(pools)
        + f'\n  }},\n  "checksum": "{_checksum(content)}"\n}}\n'
    )


def _content(lock: Lock) -> dict[str, Any]:
    return {
        "lock": VERSION,
        "project": lock.project,
        "pools": {
            " ".join(key).rstrip(): {
                "unit": pool.unit,
                "salt": pool.salt,
                "ranges": {
                    "/".join(arm).lstrip("/"): [list(run) for run in pool.ranges[arm]]
                    for arm in sorted(pool.ranges)
                },
            }
            for key, pool in sorted(lock.pools.items())
        },
    }


def _checksum(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _LockError(Exception):
    """The text is no lock: code, place in the text, and the values of the message."""

    def __init__(self, code: str, at: int = 0, **values: Any) -> None:
        super().__init__(code)
        self.code, self.at, self.values = code, at, values


def read(text: str, file: str = "tacit.lock") -> tuple[Lock | None, tuple[Diagnostic, ...]]:
    """The lock of a file's text, or None and what is wrong with it."""
    try:
        return _read(text), ()
    except _LockError as error:
        span = Span(file, error.at, error.at)
        return None, (catalogue.make(error.code, span, **error.values),)


def _read(text: str) -> Lock:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _LockError("E320", error.pos, why=f"not JSON: {error.msg.lower()}") from None
    except (ValueError, RecursionError):
        raise _LockError("E320", why="a number too long, or nested too deeply") from None
    content, checksum = _shape(value)
    if checksum != _checksum(content):
        raise _LockError("E321")
    pools = {}
    for name, pool in content["pools"].items():
        kind, _, id_ = name.partition(" ")
        ranges = {
            _arm(arm): tuple((start, end) for start, end in runs)
            for arm, runs in pool["ranges"].items()
        }
        _sound(name, ranges)
        pools[(kind, id_)] = Pool(pool["unit"], pool["salt"], ranges)
    return Lock(content["project"], pools)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _LockError("E320", why="a name stands twice")
    return found


def _no_constant(text: str) -> None:
    raise _LockError("E320", why=f"`{text}` is not JSON")


def _arm(text: str) -> Arm:
    experiment, _, arm = text.rpartition("/")
    return experiment, arm


def _shape(value: Any) -> tuple[dict[str, Any], str]:
    """The content and the checksum; refused is whatever `write` would not have written."""

    def need(condition: bool, why: str) -> None:
        if not condition:
            raise _LockError("E320", why=why)

    need(isinstance(value, dict), "not a mapping")
    need(value.get("lock") == VERSION, f"its version is not {VERSION}")
    need(set(value) == {"lock", "project", "pools", "checksum"}, "a key is missing or unknown")
    need(isinstance(value["project"], str), "`project` is not text")
    need(isinstance(value["checksum"], str), "`checksum` is not text")
    need(isinstance(value["pools"], dict), "`pools` is not a mapping")
    for name, pool in value["pools"].items():
        need(
            isinstance(pool, dict) and set(pool) == {"unit", "salt", "ranges"},
            f"`{name}` needs unit, salt and ranges",
        )
        need(isinstance(pool["unit"], str), f"the unit of `{name}` is not text")
        need(
            isinstance(pool["salt"], str) and re.fullmatch(SALT, pool["salt"]) is not None,
            f"the salt of `{name}` is not {SALT_LENGTH} letters, digits, `-` or `_`",
        )
        need(isinstance(pool["ranges"], dict), f"the ranges of `{name}` are not a mapping")
        for arm, ranges in pool["ranges"].items():
            need(
                isinstance(ranges, list)
                and all(
                    isinstance(run, list) and len(run) == 2 and all(type(end) is int for end in run)
                    for run in ranges
                ),
                f"the ranges of `{arm}` are not pairs of whole numbers",
            )
    return {key: item for key, item in value.items() if key != "checksum"}, value["checksum"]


def _sound(name: str, ranges: Mapping[Arm, Ranges]) -> None:
    """Every position belongs to one arm at most, and ranges are as `write` leaves them."""
    runs = sorted((*run, "/".join(arm)) for arm, found in ranges.items() for run in found)
    for start, end, arm in runs:
        if not 0 <= start < end <= BUCKETS:
            why = f"{start}..{end} of `{arm}` in `{name}` is no range of positions"
            raise _LockError("E322", why=why)
    for (_, end, one), (start, _, other) in itertools.pairwise(runs):
        if start < end:
            why = f"position {start} in `{name}` is given to `{one}` and to `{other}`"
            raise _LockError("E322", why=why)
    for key, found in ranges.items():
        if found != join(found):
            why = f"the ranges of `{'/'.join(key)}` are not in order"
            raise _LockError("E322", why=why)


# --------------------------------------------------------------- the source


def mismatches(lock: Lock, wants: Iterable[Want]) -> list[tuple[PoolKey, Arm | None, str]]:
    """Where a lock does not fit the source: the pool, the arm if it is one arm's, and why."""
    found: list[tuple[PoolKey, Arm | None, str]] = []
    wanted = {want.key: want for want in wants}
    for key, want in wanted.items():
        pool = lock.pools.get(key)
        if pool is None:
            found.append((key, None, f"{name_of(key)} is not in it"))
            continue
        if pool.unit != want.unit:
            why = f"{name_of(key)} has the unit `{pool.unit}` there, and `{want.unit}` here"
            found.append((key, None, why))
        sizes = dict(want.sizes)
        for arm, size in sizes.items():
            has = count(pool.ranges[arm]) if arm in pool.ranges else None
            text = f"`{'/'.join(arm).lstrip('/')}` of {name_of(key)}"
            if has is None:
                found.append((key, arm, f"{text} is not in it"))
            elif has != size:
                why = f"{text} has {show_share(has)} there, and {show_share(size)} here"
                found.append((key, arm, why))
        for arm in sorted(pool.ranges.keys() - sizes.keys()):
            text = f"`{'/'.join(arm).lstrip('/')}` of {name_of(key)}"
            found.append((key, None, f"{text} is in it, and not in the source"))
    for key in sorted(lock.pools.keys() - wanted.keys()):
        found.append((key, None, f"{name_of(key)} is in it, and not in the source"))
    return found


def likely_rename(lock: Lock, wants: Iterable[Want]) -> tuple[str, str] | None:
    """Old and new id where one layer, experiment or arm is gone and one is new."""
    there = _by_kind((key, pool.ranges) for key, pool in lock.pools.items())
    here = _by_kind((want.key, dict(want.sizes)) for want in wants)
    for old, new in zip(there, here, strict=True):
        gone, come = old - new, new - old
        if gone or come:
            return (gone.pop(), come.pop()) if len(gone) == len(come) == 1 else None
    return None


def names(pools: Iterable[tuple[PoolKey, Iterable[Arm]]]) -> list[str]:
    """What can be renamed: layers, experiments, and arms as `experiment/arm`."""
    return sorted(set().union(*_by_kind(pools)))


def _by_kind(
    pools: Iterable[tuple[PoolKey, Iterable[Arm]]],
) -> tuple[set[str], set[str], set[str]]:
    """The ids of layers, of experiments, and of arms."""
    layers, experiments, arms = set[str](), set[str](), set[str]()
    for (kind, name), owners in pools:
        if kind == "layer":
            layers.add(name)
        for experiment, arm in owners:
            if experiment:
                experiments.add(experiment)
                arms.add(f"{experiment}/{arm}")
    return layers, experiments, arms


def name_of(key: PoolKey) -> str:
    """What a pool is called in a message."""
    return f"the {key[0]} `{key[1]}`" if key[1] else "the holdout"
