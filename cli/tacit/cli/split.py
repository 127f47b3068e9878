"""`tacit split`: how many units each arm really gets, beside how many it should get."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, reading
from tacit.cli.inputs import open_bundle
from tacit.cli.options import AnyBundle, Json
from tacit.cli.progress import waiting

if TYPE_CHECKING:
    from tacit.runtime._model import Program
    from tacit.runtime._model import Split as SplitRow

SUSPICIOUS = 0.001
"""Below this chance a split is called uneven: one even split in a thousand is."""


@dataclass(frozen=True, slots=True)
class Divided:
    """A split or holdout, and the units in each of its parts. The last part is "not enrolled"."""

    name: str
    parts: tuple[str, ...]
    shares: tuple[int, ...]  # basis points
    counts: tuple[int, ...]

    @property
    def units(self) -> int:
        return sum(self.counts)

    @property
    def chi_square(self) -> float:
        """Pearson's statistic over the parts that have a share."""
        expected = (share * self.units / 10_000 for share in self.shares)
        return math.fsum(
            (count - wanted) ** 2 / wanted
            for count, wanted in zip(self.counts, expected, strict=True)
            if wanted
        )

    @property
    def degrees(self) -> int:
        return sum(share > 0 for share in self.shares) - 1

    @property
    def chance(self) -> float:
        """How often an even split would look at least as uneven."""
        return chi_square_tail(self.chi_square, self.degrees)

    def to_json(self) -> dict[str, Any]:
        return {
            "split": self.name,
            "units": self.units,
            "parts": [
                {"part": part, "share": share / 100, "units": count}
                for part, share, count in zip(self.parts, self.shares, self.counts, strict=True)
            ],
            "chi_square": self.chi_square,
            "degrees": self.degrees,
            "chance": self.chance,
        }


def chi_square_tail(value: float, degrees: int) -> float:
    """The chance of at least `value` under the chi-square distribution.

    For a whole number of degrees it is a finite sum (Abramowitz and Stegun, 26.4.4 and 26.4.5).
    """
    if degrees < 1:
        return 1.0
    half = value / 2
    if degrees % 2 == 0:
        term = total = math.exp(-half)
        for k in range(1, degrees // 2):
            term *= half / k
            total += term
        return min(total, 1.0)
    total = math.erfc(math.sqrt(half))
    term = math.sqrt(half / math.pi) * 2 * math.exp(-half)
    for k in range(1, (degrees + 1) // 2):
        total += term
        term *= half / (k + 0.5)
    return min(total, 1.0)


def split(
    bundle: AnyBundle,
    *,
    units: Annotated[
        int, typer.Option(help="So many made-up units, `unit-1` and so on.", min=1)
    ] = 100_000,
    units_from: Annotated[
        Path | None,
        typer.Option("--units-from", help="A file with one real unit a line, in their place."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Divide many units by every split, experiment and holdout; compare with the shares.

    Exit code 1 when a division is so uneven that chance makes one in a thousand like it.
    """
    opened = open_bundle(bundle, as_json=as_json)
    given = _read_units(units_from) if units_from else [f"unit-{n}" for n in range(1, units + 1)]
    with waiting(f"dividing {len(given):,} units"):
        found = list(divide(opened.program, given))
    uneven = [item for item in found if item.chance < SUSPICIOUS]
    if as_json:
        output.print_json({"ok": not uneven, "splits": [item.to_json() for item in found]})
    else:
        _show(found)
    if uneven:
        raise typer.Exit(FINDINGS)


def divide(program: Program, units: Sequence[str]) -> Iterator[Divided]:
    """Every way in which a bundle divides people, over these units."""
    from tacit.runtime.reference import arm_of, bucket, within

    for name, one, variants in _splits(program):
        counts = [0] * (len(one.arms) + 1)
        places = {arm.variant: place for place, arm in enumerate(one.arms)}
        for unit in units:
            arm = arm_of(one, bucket(one.salt, unit))
            counts[-1 if arm is None else places[arm]] += 1
        shares = [sum(end - start for start, end in arm.ranges) for arm in one.arms]
        parts = [variants[arm.variant] for arm in one.arms]
        yield _divided(name, parts, shares, counts)
    if program.holdout is not None:
        salt, ranges = program.holdout.salt, program.holdout.ranges
        held = sum(within(bucket(salt, unit), ranges) for unit in units)
        share = sum(end - start for start, end in ranges)
        yield _divided("holdout", ["held out"], [share], [held, len(units) - held])


def _divided(
    name: str, parts: Sequence[str], shares: Sequence[int], counts: Sequence[int]
) -> Divided:
    """With "not enrolled" as the last part, where there is room for it."""
    rest = 10_000 - sum(shares)
    if not rest:
        return Divided(name, tuple(parts), tuple(shares), tuple(counts[: len(parts)]))
    return Divided(name, (*parts, "not enrolled"), (*shares, rest), tuple(counts))


def _splits(program: Program) -> Iterator[tuple[str, SplitRow, tuple[str, ...]]]:
    """The splits as written, each experiment once, with the variants of their surface.

    Guardrails, holds and arms that are kept make several rules of one split; the one that deals
    buckets to people without an arm is the split.
    """
    from tacit.runtime._model import Split as SplitRow
    from tacit.runtime._written import ways
    from tacit.runtime.format import Standing
    from tacit.runtime.reference import experiment_of

    found: dict[str, tuple[SplitRow, tuple[str, ...]]] = {}
    for number, surface in enumerate(program.surfaces):
        first = program.first_rule(number)
        for way in ways(program, number):
            split, standing = way.rule.outcome, way.row.standing
            if not isinstance(split, SplitRow):
                continue
            if standing is Standing.HOLDOUT:
                held = ("held out",) * len(surface.variants)
                found.setdefault(f"holdout of {surface.name}", (split, held))
            elif standing is Standing.WRITTEN and way.deals:
                rule = first + way.place
                experiment = experiment_of(program, rule, way.row.experiment)
                own = way.row.written if program.debug is None else program.debug.rules[rule]
                name = f"experiment {experiment}" if experiment else f"{surface.name}/{own}"
                found.setdefault(name, (split, surface.variants))
    for name, (split, variants) in found.items():
        yield name, split, variants


def _read_units(path: Path) -> list[str]:
    with reading(path), path.open(encoding="utf-8") as file:
        units = [line.rstrip("\r\n") for line in file]
    found = [unit for unit in units if unit]
    if not found:
        raise CommandError(f"{path} has no units: one a line is expected")
    return found


def _show(found: Sequence[Divided]) -> None:
    if not found:
        output.say("the bundle has no split, experiment or holdout")
    for item in found:
        output.say(f"{item.name}: {item.units:,} units")
        for part, share, count in zip(item.parts, item.shares, item.counts, strict=True):
            output.say(f"  {part:<20} {count:>9,}  {count / item.units:>7.2%}  of {share / 100:g}%")
        verdict = "uneven" if item.chance < SUSPICIOUS else "even"
        output.say(
            f"  chi-square {item.chi_square:.2f}, {item.degrees} degrees of freedom: {verdict}"
            f" (an even split is at least so uneven in {item.chance:.1%} of cases)"
        )
