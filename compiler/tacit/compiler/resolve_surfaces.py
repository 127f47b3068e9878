"""Surfaces and their rules: variants, outcomes, traffic, schedules, guardrails."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tacit.compiler import ir, ir_state, models
from tacit.compiler.buckets import RULE_SALT_LENGTH, salt
from tacit.compiler.nodes import ListNode, MapNode, Node, Path, Scalar, children, descend
from tacit.compiler.project import RuleEntry, SurfaceEntry
from tacit.compiler.quantities import BUCKETS, instant, share_points
from tacit.compiler.resolve_context import Context, suggestion, written
from tacit.compiler.resolve_edge import Reads, check_edge
from tacit.compiler.resolve_experiments import Experiment, Holdouts, sums_up
from tacit.compiler.resolve_guardrails import Guarded, Guards, resolve_guardrails
from tacit.compiler.resolve_segments import Segments
from tacit.compiler.spans import Span

OFFSET_SIGNAL = "utc_offset_minutes"
MAX_CONTENT_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Parts:
    """What surfaces are resolved against. An experiment without ranges has `arms` still empty."""

    segments: Segments
    experiments: Mapping[str, Experiment]
    holdouts: Holdouts
    guards: Guards = field(default_factory=Guards)


class SurfaceResolver:
    """Resolves one surface. `reads` collects the signals it reads, each with where it reads it."""

    def __init__(self, context: Context, parts: Parts, name: str, entry: SurfaceEntry) -> None:
        self.context = context
        self.parts = parts
        self.name = name
        self.entry = entry
        self.path = entry.path
        self.variants: dict[str, int] = {}
        self.reads: Reads = {}

    def run(self) -> ir.Surface | None:
        """The typed surface; None if its shape is wrong. Expressions are checked either way."""
        model = self.entry.model
        context = self.context
        if model is None:
            for rule in self.entry.rules:
                if rule.when is not None:
                    self._condition((*rule.path, "when"), rule.when)
            return None
        forbidden = self._forbidden(model)
        variants = self._variants(model)
        if model.default not in self.variants:
            advice = suggestion(model.default, "variants", self.variants)
            context.at_value("E300", (*self.path, "default"), name=model.default, advice=advice)
        self._ids()
        rules = [self._rule(entry) for entry in self.entry.rules]
        guardrails = self._guardrails(model)
        for key in ("", self.name):
            if key in self.parts.holdouts:
                path = (*self.path, "holdout") if key else ("holdout",)
                self._read_index(self.parts.holdouts[key].unit, path)
        if model.place == "edge":
            check_edge(context, self.name, self.path, model.guardrails, self.reads)
        return ir.Surface(
            name=self.name,
            place=ir.Place(model.place),
            variants=variants,
            default=self.variants.get(model.default, 0),
            rules=tuple(rule for rule in rules if rule is not None),
            forbidden=forbidden,
            goal=model.goal,
            owner=model.owner,
            guardrails=guardrails,
            holdout=self.parts.holdouts.get(self.name),
            span=context.project.key_span(self.path),
        )

    # ------------------------------------------------------------ the surface

    def _forbidden(self, model: models.SurfaceModel) -> str | None:
        if model.personalize is None:
            if model.reason is not None:
                self.context.at_key("E318", (*self.path, "reason"))
            return None
        if model.reason is None:
            self.context.at_key("E317", (*self.path, "personalize"))
        if self.entry.rules:
            self.context.at_key("E305", (*self.path, "rules"), surface=self.name)
        for key in ("guardrails", "holdout"):
            if getattr(model, key) is not None:
                self.context.at_key("W351", (*self.path, key), key=key)
        return model.reason

    def _guardrails(self, model: models.SurfaceModel) -> ir_state.Guardrails | None:
        if model.guardrails is None:
            return None
        number = list(self.context.project.surfaces).index(self.name)
        path = (*self.path, "guardrails")
        surface = Guarded(number, self.name, self.variants, model.default, path, self._condition)
        return resolve_guardrails(self.context, surface, model.guardrails, self.parts.guards)

    def _variants(self, model: models.SurfaceModel) -> tuple[ir.Variant, ...]:
        project = self.context.project
        if model.variants is None:
            if model.personalize is None:
                self.context.at_key("E319", self.path)
            # A forbidden surface may leave them out; it has its default, and nothing in it.
            self.variants = {model.default: 0}
            span = project.span((*self.path, "default"))
            self._of_variants(model)
            return (ir.Variant(model.default, span=span),)
        self.variants = {id_: index for index, id_ in enumerate(model.variants)}
        node, _ = descend(project.root, (*self.path, "variants"))
        for id_, child in children(node):
            self._content(child, (*self.path, "variants", id_), 1)
        self._of_variants(model)
        return tuple(
            ir.Variant(
                id_,
                content,
                theme=(model.theme or {}).get(id_),
                topics=tuple(sorted(set((model.topics or {}).get(id_, ())))),
                span=project.key_span((*self.path, "variants", id_)),
            )
            for id_, content in model.variants.items()
        )

    def _of_variants(self, model: models.SurfaceModel) -> None:
        """Complain of themes and topics of variants that there are not."""
        for key, named in (("theme", model.theme), ("topics", model.topics)):
            for id_ in named or ():
                self._known(id_, (*self.path, key, id_), at_key=True)

    def _content(self, node: Node, path: Path, depth: int) -> None:
        """Complain of what JSON, or a double, cannot hold."""
        if isinstance(node, Scalar):
            value = node.data
            if isinstance(value, float) and not math.isfinite(value):
                self.context.at_value("E331", path, number=str(value))
            elif type(value) is int and abs(value) > models.MAX_INT:
                shown = str(value) if abs(value) < 10**30 else "of that size"
                self.context.at_value("E330", path, number=shown)
            return
        if depth > MAX_CONTENT_DEPTH:
            self.context.at_value("E332", path, limit=MAX_CONTENT_DEPTH)
            return
        if isinstance(node, MapNode | ListNode):
            for part, child in children(node):
                self._content(child, (*path, part), depth + 1)

    def _ids(self) -> None:
        first: dict[str, Path] = {}
        for entry in self.entry.rules:
            if entry.model is None:
                continue
            id_ = entry.model.id
            if id_ in first:
                labels = self._value_label((*first[id_], "id"), "first here")
                where = (*entry.path, "id")
                self.context.at_value("E304", where, surface=self.name, name=id_, labels=labels)
            else:
                first[id_] = entry.path

    def _value_label(self, path: Path, text: str) -> tuple[tuple[Span, str], ...]:
        span = self.context.project.span(path)
        return ((span, text),) if span is not None else ()

    def _read_index(self, signal: int, path: Path) -> None:
        if self.entry.model is None or self.entry.model.place != "edge":
            return
        name = self.context.numbered[signal].name
        self.reads.setdefault(name, (path, self.context.project.span(path), ""))

    # --------------------------------------------------------------- one rule

    def _rule(self, entry: RuleEntry) -> ir.Rule | None:
        condition: ir.Condition = ir.Constant(True)
        if entry.when is not None:
            condition = self._condition((*entry.path, "when"), entry.when)
        model = entry.model
        if model is None:
            return None
        outcome = self._outcome(entry, model)
        traffic = self._traffic(entry, model)
        schedule = self._schedule(entry, model)
        stop, stop_text = None, ""
        if model.stop_when is not None:
            stop_text = written(model.stop_when)
            stop = self._condition((*entry.path, "stop_when"), stop_text)
        if model.unit is not None and model.split is None and model.traffic is None:
            self.context.at_key("W303", (*entry.path, "unit"))
        return ir.Rule(
            id=model.id,
            condition=condition,
            outcome=outcome or ir.Show(0),
            source_text=entry.when or "",
            traffic=traffic,
            schedule=schedule,
            because=self._because(model),
            owner=model.owner,
            stop=stop,
            stop_text=stop_text,
            span=self.context.project.span((*entry.path, "id")),
        )

    def _condition(self, path: Path, text: str) -> ir.Condition:
        segments = self.parts.segments
        checked = self.context.expression(text, segments.scope, path)
        if self.entry.model is not None and self.entry.model.place == "edge":
            for name in sorted(checked.signals_used):
                self.reads.setdefault(name, (path, self._word(path, text, name), ""))
            for segment in sorted(checked.segments_used):
                span = self._word(path, text, segment)
                for name in sorted(segments.reads.get(segment, ())):
                    self.reads.setdefault(name, (path, span, f", through the segment `{segment}`"))
        return checked.condition or ir.Constant(False)

    def _word(self, path: Path, text: str, name: str) -> Span:
        """The first place of a name in an expression."""
        found = re.search(rf"(?<![\w\"'.]){re.escape(name)}\b", text)
        start, end = found.span() if found else (0, len(text))
        return self.context.project.text_span(path, start, end)

    def _outcome(self, entry: RuleEntry, model: models.RuleModel) -> ir.Show | ir.Split | None:
        if model.show is not None and model.split is not None:
            self.context.at_key("E309", (*entry.path, "split"))
            return None
        if model.show is not None:
            known = self._known(model.show, (*entry.path, "show"))
            return ir.Show(self.variants[model.show]) if known else None
        if isinstance(model.split, str):
            return self._experiment(entry, model, model.split)
        if model.split is not None:
            return self._own_split(entry, model, model.split)
        self.context.at_key("E308", (*entry.path, "id"))
        return None

    def _known(self, variant: str, path: Path, *, at_key: bool = False) -> bool:
        if variant in self.variants:
            return True
        advice = suggestion(variant, "variants", self.variants)
        complain = self.context.at_key if at_key else self.context.at_value
        complain("E301", path, name=variant, surface=self.name, advice=advice)
        return False

    def _own_split(
        self, entry: RuleEntry, model: models.RuleModel, split: Mapping[str, str]
    ) -> ir.Split | None:
        path = (*entry.path, "split")
        known = [self._known(variant, (*path, variant), at_key=True) for variant in split]
        shares = {variant: share_points(share) or 0 for variant, share in split.items()}
        summed = sums_up(self.context, path, shares)
        unit = self.context.unit(model.unit, (*entry.path, "unit"), path)
        if unit is None or not summed or not all(known):
            return None
        self._read_index(unit, path)
        arms, start = [], 0
        for variant, share in shares.items():
            if share:
                arms.append((self.variants[variant], ((start, start + share),)))
            start += share
        own_salt = salt(RULE_SALT_LENGTH, "split", self.name, model.id)
        return ir.Split(unit, own_salt, tuple(arms))

    def _experiment(self, entry: RuleEntry, model: models.RuleModel, id_: str) -> ir.Split | None:
        path = (*entry.path, "split")
        declared = self.context.project.experiments
        if id_ not in declared:
            what = suggestion(id_, "experiments", declared)
            if id_ in self.variants:
                what = f"to show the variant to everybody, write `show: {id_}`"
            self.context.at_value("E302", path, name=id_, advice=what)
            return None
        experiment = declared[id_]
        if experiment is None:
            return None
        wrong = [arm for arm in experiment.arms if arm not in self.variants]
        for arm in wrong:
            advice = suggestion(arm, "variants", self.variants)
            values = {"arm": arm, "experiment": id_, "surface": self.name, "advice": advice}
            labels = self.context.label(("experiments", id_, "arms", arm), "the arm")
            self.context.at_value("E312", path, labels=labels, **values)
        if model.unit is not None and model.traffic is None:
            self.context.at_key("W302", (*entry.path, "unit"))
        found = self.parts.experiments.get(id_)
        if wrong or found is None:
            return ir.Split(0, "", ())  # never compiled: there is an error somewhere
        self._read_index(found.unit, path)
        # A sticky arm of 0 % gets nobody new; who has it keeps it.
        kept = [item for item in found.arms.items() if item[1] or found.sticky]
        arms = tuple((self.variants[arm], ranges) for arm, ranges in kept)
        return ir.Split(found.unit, found.salt, arms, id_, found.sticky)

    def _traffic(self, entry: RuleEntry, model: models.RuleModel) -> ir.Traffic | None:
        if model.traffic is None:
            return None
        path = (*entry.path, "traffic")
        share = share_points(model.traffic)
        if not share:
            self.context.at_value("E311", path, what="rule")
            return None
        unit = self.context.unit(model.unit, (*entry.path, "unit"), path)
        if unit is None or share == BUCKETS:
            return None  # all of them: as if it were not written
        self._read_index(unit, path)
        return ir.Traffic(unit, salt(RULE_SALT_LENGTH, "traffic", self.name, model.id), share)

    def _schedule(self, entry: RuleEntry, model: models.RuleModel) -> ir.Schedule | None:
        zone = ir.Zone(model.zone or "utc")
        if model.from_ is None and model.until is None:
            if model.zone is not None:
                self.context.at_key("W301", (*entry.path, "zone"))
            return None
        bounds: list[int | None] = []
        for key, text in (("from", model.from_), ("until", model.until)):
            found = instant(text) if text is not None else None
            if found is not None and found.has_offset and zone is ir.Zone.LOCAL:
                self.context.at_value("E310", (*entry.path, key))
            bounds.append(found.ms if found is not None else None)
        start, end = bounds
        if start is not None and end is not None and end <= start:
            labels = self._value_label((*entry.path, "from"), "`from`")
            self.context.at_value("E307", (*entry.path, "until"), labels=labels)
        if zone is ir.Zone.LOCAL:
            self._offset((*entry.path, "zone"))
        return ir.Schedule(start, end, zone)

    def _offset(self, path: Path) -> None:
        found = self.context.host(OFFSET_SIGNAL)
        if found is not None and found[1].type is ir.SignalType.INT:
            self._read_index(found[0], path)
        elif found is not None:
            self.context.at_value("E272", path, type=found[1].type.value)
        elif OFFSET_SIGNAL not in self.context.faulty:
            self.context.at_value("E271", path)

    def _because(self, model: models.RuleModel) -> tuple[tuple[str, str], ...]:
        if model.because is None:
            return ()
        if isinstance(model.because, str):
            return ((self.context.project.language, model.because),)
        return tuple(sorted(model.because.items()))


def unused_experiments(context: Context) -> None:
    """Warn of experiments that no rule names."""
    used = {
        entry.model.split
        for surface in context.project.surfaces.values()
        for entry in surface.rules
        if entry.model is not None and isinstance(entry.model.split, str)
    }
    broken = any(
        entry.model is None
        for surface in context.project.surfaces.values()
        for entry in surface.rules
    )
    for name in _without(context.project.experiments, used):
        if not broken:
            context.at_key("W304", ("experiments", name), name=name)


def _without(names: Iterable[str], used: set[str]) -> list[str]:
    return [name for name in names if name not in used]
