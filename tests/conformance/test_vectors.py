"""Every runtime decides every case as the vectors say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgpack
import pytest
from tacit.runtime import Bundle, Observed, reference
from tacit.runtime._buckets import murmur3_32

from . import history, kit

FILES = kit.paths()
NAMES = [path.relative_to(kit.VECTORS).with_suffix("").as_posix() for path in FILES]


class Runtime(Protocol):
    """What a runtime must offer to be run."""

    def load(self, data: bytes) -> Any: ...

    def decide(self, bundle: Any, surface: str, case: kit.Case, state: Any) -> Any: ...

    def decide_all(self, bundle: Any, case: kit.Case, state: Any) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Loaded:
    bytes: bytes
    program: reference.Program


class Reference:
    def load(self, data: bytes) -> Loaded:
        return Loaded(data, reference.decode(data))

    def decide(self, bundle: Loaded, surface: str, case: kit.Case, state: Any) -> reference.Result:
        return reference.decide(
            bundle.program,
            surface,
            case.decoded(Observed),
            case.now,
            case.consent,
            default=case.default,
            state=state,
        )

    def decide_all(
        self, bundle: Loaded, case: kit.Case, state: Any
    ) -> Mapping[str, reference.Result]:
        signals = case.decoded(Observed)
        return reference.decide_all(bundle.program, signals, case.now, case.consent, state=state)


class Compiled:
    def load(self, data: bytes) -> Bundle:
        return Bundle.load(data)

    def decide(self, bundle: Bundle, surface: str, case: kit.Case, state: Any) -> Any:
        signals = case.decoded(Observed)
        return bundle.decide(surface, signals, state, case.now, case.consent, default=case.default)

    def decide_all(self, bundle: Bundle, case: kit.Case, state: Any) -> Mapping[str, Any]:
        return bundle.decide_all(case.decoded(Observed), state, case.now, case.consent)


RUNTIMES: list[Runtime] = [Reference(), Compiled()]


def differences(decision: Any, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field by field, what came and what was expected."""
    found = {field: getattr(decision, field) for field in wanted}
    found = {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}
    found = {key: dict(v) if isinstance(v, Mapping) else v for key, v in found.items()}
    return {
        field: (found[field], wanted[field])
        for field in wanted
        if not same(found[field], wanted[field])
    }


def same(found: Any, wanted: Any) -> bool:
    """Equal as JSON: `True` is not 1."""
    return json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: type(runtime).__name__)
@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_decisions(runtime: Runtime, path: Any) -> None:
    vectors = kit.load(path)
    bundles = {"first": runtime.load(vectors.bundle)}
    if vectors.next_bundle is not None:
        bundles["next"] = runtime.load(vectors.next_bundle)
    wrong: list[Any] = []
    for case in vectors.cases:
        bundle, state = bundles["first"], None
        if case.first_seen is not None:
            device = history.Device(bundles, case, runtime.decide, Observed)
            device.play(case.history)
            bundle, state = device.bundle, device.state
            if case.state is not None and msgpack.packb(history.plain(case.state)) != state.bytes:
                wrong.append(
                    (case.name, "state", msgpack.unpackb(state.bytes, strict_map_key=False))
                )
        together = runtime.decide_all(bundle, case, state)
        for surface, wanted in case.expect.items():
            one = runtime.decide(bundle, surface, case, state)
            found = differences(one, wanted)
            if found:
                wrong.append((case.name, surface, found))
            if surface in together and together[surface] != one:
                wrong.append((case.name, surface, "decide and decide_all differ"))
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_compiler_still_writes_these_bytes(path: Any) -> None:
    vectors = kit.load(path)
    assert kit.compiled(vectors) == vectors.bundle
    assert kit.compiled_next(vectors) == vectors.next_bundle


def test_buckets() -> None:
    rows = json.loads((kit.VECTORS / "buckets.json").read_text(encoding="utf-8"))["buckets"]
    for row in rows:
        data = row["salt"].encode() + b"\0" + str(row["unit"]).encode()
        assert murmur3_32(data) == row["hash"], row
        assert reference.bucket(row["salt"], row["unit"]) == row["position"], row
    assert {0, 9999} <= {row["position"] for row in rows}
    assert murmur3_32(b"") == 0
    assert murmur3_32(b"hello") == 0x248BFA47


def test_every_case_can_fail() -> None:
    """A vector that expects nothing would pass whatever a runtime does."""
    for path in FILES:
        vectors = kit.load(path)
        assert vectors.about
        assert vectors.cases, vectors.name
        for case in vectors.cases:
            assert all(case.expect.values()), f"{vectors.name}: {case.name}"
