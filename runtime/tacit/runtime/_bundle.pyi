"""Bundle."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, final

from tacit.runtime._decision import Decision
from tacit.runtime._decisions import Decisions
from tacit.runtime._description import SignalInfo
from tacit.runtime._model import Program
from tacit.runtime._view import ViewHolder
from tacit.runtime.explain import Explanation

@final
class Bundle:
    """A loaded bundle. Decides; can be shared between threads."""

    @staticmethod
    def load(source: bytes | bytearray | memoryview | str | PathLike[str]) -> Bundle:
        """The bundle in `source`: bytes, or the path of a file.

        Checks everything; raises BundleError for what is no bundle of this format, OSError for a
        file that cannot be read. Does not authenticate.
        """
    @property
    def bytes(self) -> bytes:
        """The bytes it was loaded from."""
    @property
    def digest(self) -> str:
        """sha256 of the bytes, in hex."""
    @property
    def surfaces(self) -> tuple[str, ...]:
        """The names of the surfaces, in declared order."""
    @property
    def signals(self) -> Mapping[str, SignalInfo]:
        """Name -> what the bundle says of the signal, in declared order."""
    def decide(
        self,
        surface: str,
        signals: Mapping[str, object],
        state: ViewHolder | None = None,
        now: int | None = None,
        consent: Iterable[str] | None = None,
        *,
        default: object = None,
        strict: bool = False,
    ) -> Decision:
        """What one surface shows and why.

        signals: names to values; a value may be `Observed`. What is no value of its signal is
        missing and listed in `unknown`; it never raises.
        state: what the device remembers, a `DeviceState`; it is not changed, and may be bound to
        another version of the bundle.
        now: epoch ms; None: the clock of this machine. consent: the granted purposes; None: none.
        default: the content for a surface that the bundle does not have; `strict` raises
        UnknownSurfaceError instead.
        """
    def decide_all(
        self,
        signals: Mapping[str, object],
        state: ViewHolder | None = None,
        now: int | None = None,
        consent: Iterable[str] | None = None,
    ) -> Decisions:
        """What every surface shows and why, in declared order."""
    def explain(
        self,
        surface: str,
        signals: Mapping[str, object],
        state: ViewHolder | None = None,
        now: int | None = None,
        consent: Iterable[str] | None = None,
        *,
        reveal: bool = False,
    ) -> Explanation:
        """How `decide` comes to its decision on one surface; see `tacit.runtime.explain`.

        `reveal` shows the values of sensitive signals.
        """
    def _program(self) -> Program:
        """The bundle as the reference decodes it: slow, made once, and with everything in it."""
    def __reduce__(self) -> tuple[Any, ...]: ...
