"""The state of a device in a cookie of its own: sealed, so that nobody can read or change it.

The server keeps the keys and nothing else. A cookie says what somebody was when it was sealed: who
kept an older one can bring it back, and may thereby see a capped variant once more. That harms
nobody, as decisions grant nothing.

It is not compressed. Deflate would halve a state (1,323 bytes of an active visitor became 770), but
how far one shrinks depends on what is in it: the bound that the compiler promises would not move,
and the length would tell whoever watches the wire, and can make the page record something, whether
the same is in there already.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tacit.runtime import cookie_size as size

KEY_BYTES: Final = 32
_KEY: Final = re.compile(r"([0-9]{1,3}):([0-9A-Fa-f]{64})")


class Refused(StrEnum):
    """Why a cookie does not count. The device starts with a fresh state."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    OTHER_VERSION = "other_version"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    """It was changed, or sealed by another key, for another project or under another name."""
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets by number, 0 to 255. The primary seals, all open.

    A key is good for 2**32 cookies: beyond, two nonces may meet. Change it long before.
    """

    secrets: Mapping[int, bytes] = field(repr=False)
    primary: int

    def __post_init__(self) -> None:
        if self.primary not in self.secrets:
            raise ValueError("the primary key is not among the keys")
        for number, secret in self.secrets.items():
            if not 0 <= number <= 255:
                raise ValueError("the number of a key is not from 0 to 255")
            if len(secret) != KEY_BYTES:
                raise ValueError(f"a key does not have {KEY_BYTES} bytes")

    @classmethod
    def parse(cls, text: str) -> Keys:
        """Keys as settings write them: `2:HEX,1:HEX`, by commas or lines, the primary first.

        Raises ValueError, which quotes nothing.
        """
        secrets: dict[int, bytes] = {}
        for entry in text.replace(",", "\n").split():
            found = _KEY.fullmatch(entry)
            if found is None:
                raise ValueError("a key is not written as NUMBER:64 hex digits")
            number = int(found[1])
            if number in secrets:
                raise ValueError("two keys have one number")
            secrets[number] = bytes.fromhex(found[2])
        if not secrets:
            raise ValueError("there is no key")
        return cls(secrets, next(iter(secrets)))


class SealedCookie:
    """Seals and opens the states of one project under one name. Threads may share it."""

    def __init__(
        self, keys: Keys, *, project: str, name: str = size.NAME, max_age_s: int = size.MAX_AGE_S
    ) -> None:
        """`max_age_s`: how long browsers are asked to keep it, and how old it may be here."""
        if not size.is_name(name):
            raise ValueError("this is not the name of a cookie")
        self.name = name
        self._primary = keys.primary
        self._ciphers = {number: AESGCM(secret) for number, secret in keys.secrets.items()}
        # Name first: it has no zero byte.
        self._bound_to = b"tacit cookie\0" + name.encode() + b"\0" + project.encode()
        self._max_age_s = max_age_s

    @staticmethod
    def largest(state_size: int) -> int:
        """Characters of the value for a state of so many bytes."""
        return size.value_size(state_size)

    def fits(self, state_size: int) -> bool:
        """Whether every browser keeps the cookie of a state of so many bytes."""
        return state_size <= size.largest_state(self.name)

    def seal(self, state: bytes, now_ms: int) -> str:
        """The cookie's value. Raises ValueError for a state that does not fit."""
        if not self.fits(len(state)):
            raise ValueError("the state does not fit into a cookie")
        head = bytes((size.VERSION, self._primary))
        nonce = os.urandom(size.NONCE_BYTES)
        plain = now_ms.to_bytes(size.TIME_BYTES, "big") + state
        sealed = self._ciphers[self._primary].encrypt(nonce, plain, head + self._bound_to)
        return base64.urlsafe_b64encode(head + nonce + sealed).rstrip(b"=").decode()

    def open(self, value: str, now_ms: int) -> bytes | Refused:
        """The state in a cookie's value, or why it does not count. Never raises."""
        if len(value) > size.MAX_COOKIE_BYTES:
            return Refused.TOO_LARGE
        raw = _decoded(value)
        if raw is None or len(raw) < size.AROUND_BYTES:
            return Refused.MALFORMED
        if raw[0] != size.VERSION:
            return Refused.OTHER_VERSION
        cipher = self._ciphers.get(raw[1])
        if cipher is None:
            return Refused.UNKNOWN_KEY
        head, nonce, sealed = raw[:2], raw[2 : size.HEAD_BYTES], raw[size.HEAD_BYTES :]
        try:
            plain = cipher.decrypt(nonce, sealed, head + self._bound_to)
        except InvalidTag:
            return Refused.FORGED
        sealed_at = int.from_bytes(plain[: size.TIME_BYTES], "big")
        # A time to come is another server's clock running ahead.
        if now_ms - sealed_at > self._max_age_s * 1_000:
            return Refused.TOO_OLD
        return plain[size.TIME_BYTES :]

    def header(self, value: str) -> str:
        """The text of Set-Cookie."""
        return f"{self.name}={value}{size.attributes(self._max_age_s)}"

    @property
    def removal(self) -> str:
        """The text of Set-Cookie that makes a browser forget the cookie."""
        return f"{self.name}={size.attributes(0)}"


def _decoded(value: str) -> bytes | None:
    """Strict base64url without padding: of the texts that mean the same bytes only one passes."""
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == value else None
