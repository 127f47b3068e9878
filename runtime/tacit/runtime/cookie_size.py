"""How long a state becomes as a sealed cookie. Arithmetic alone, so that a compiler can ask too.

The value is base64url, without padding, of

    u8 version (1) · u8 number of the key · 12 bytes nonce
    · encrypted (48 bit time of sealing, epoch ms · state) · 16 bytes tag
"""

from __future__ import annotations

import re
from typing import Final

VERSION: Final = 1
NONCE_BYTES: Final = 12
TIME_BYTES: Final = 6
TAG_BYTES: Final = 16
HEAD_BYTES: Final = 2 + NONCE_BYTES
AROUND_BYTES: Final = HEAD_BYTES + TIME_BYTES + TAG_BYTES
"""Bytes of a cookie before base64url that are not the state's."""

NAME: Final = "__Host-tacit"
"""Browsers let such a name be set for this host alone, over TLS, with Path=/."""
MAX_COOKIE_BYTES: Final = 4_096
"""Name, value and attributes together: what every browser keeps."""
MAX_AGE_S: Final = 400 * 86_400
"""Browsers cut a longer Max-Age down to this."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")


def is_name(text: str) -> bool:
    """Whether a cookie may be called so."""
    return _NAME.fullmatch(text) is not None


def value_size(state_size: int) -> int:
    """Characters of the value for a state of so many bytes."""
    return -(-(state_size + AROUND_BYTES) * 4 // 3)


def attributes(max_age_s: int) -> str:
    """What follows the value in Set-Cookie: for this site alone, out of reach of its scripts."""
    return f"; Path=/; Max-Age={max_age_s}; HttpOnly; Secure; SameSite=Lax"


def cookie_size(state_size: int, name: str = NAME) -> int:
    """Bytes of name, value and attributes, at most."""
    return len(name) + 1 + value_size(state_size) + len(attributes(MAX_AGE_S))


def largest_state(name: str = NAME) -> int:
    """The largest state, in bytes, whose cookie stays within `MAX_COOKIE_BYTES`."""
    characters = MAX_COOKIE_BYTES - len(name) - 1 - len(attributes(MAX_AGE_S))
    return characters * 3 // 4 - AROUND_BYTES


def max_age_s(retention_ms: int) -> int:
    """Seconds that a browser should keep the state of a bundle with this longest retention."""
    if retention_ms == 0:
        return MAX_AGE_S
    return min(-(-retention_ms // 1_000), MAX_AGE_S)
