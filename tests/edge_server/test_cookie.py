"""The sealed cookie: who cannot read it, what does not count, how long it is."""

from __future__ import annotations

import base64
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tacit.edge_server.cookie import Keys, Refused, SealedCookie
from tacit.runtime import cookie_size as size

from .samples import NOW_MS

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
STATE = b"\x9ctacit-state of somebody who likes shoes"
COOKIE = SealedCookie(Keys({1: OLD}, 1), project="shop")
VALUE = COOKIE.seal(STATE, NOW_MS)


def raw_of(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def value_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(st.binary(max_size=size.largest_state()), st.integers(0, 2**48 - 1))
def test_round_trip(state: bytes, at: int) -> None:
    value = COOKIE.seal(state, at)
    assert COOKIE.open(value, at) == state
    assert len(value) == SealedCookie.largest(len(state))
    assert re.fullmatch(r"[A-Za-z0-9_-]+", value)


def test_nothing_can_be_read_and_no_two_are_alike() -> None:
    values = {COOKIE.seal(STATE, NOW_MS) for _ in range(50)}
    assert len(values) == 50
    assert len({raw_of(each)[2 : size.HEAD_BYTES] for each in values}) == 50
    for each in values:
        assert b"shoes" not in raw_of(each)


# ------------------------------------------------------------------ what does not count


def test_every_flipped_bit_is_refused() -> None:
    raw = raw_of(VALUE)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        found = COOKIE.open(value_of(bytes(changed)), NOW_MS)
        expected = {0: Refused.OTHER_VERSION, 1: Refused.UNKNOWN_KEY}.get(bit // 8, Refused.FORGED)
        assert found is expected


def test_every_changed_character_is_refused() -> None:
    """Also the bits of the last character that base64 leaves unused."""
    lengths = {len(COOKIE.seal(STATE + b"x" * n, NOW_MS)) % 4 for n in range(3)}
    assert lengths == {0, 2, 3}
    for n in range(3):
        value = COOKIE.seal(STATE + b"x" * n, NOW_MS)
        for place in range(len(value)):
            for bit in range(8):
                character = chr(ord(value[place]) ^ 1 << bit)
                changed = value[:place] + character + value[place + 1 :]
                assert isinstance(COOKIE.open(changed, NOW_MS), Refused)


def test_every_truncation_and_addition_is_refused() -> None:
    raw = raw_of(VALUE)
    for length in range(len(VALUE)):
        assert isinstance(COOKIE.open(VALUE[:length], NOW_MS), Refused)
    for length in range(len(raw)):
        expected = Refused.MALFORMED if length < size.AROUND_BYTES else Refused.FORGED
        assert COOKIE.open(value_of(raw[:length]), NOW_MS) is expected
    for more in ("A", "=", "==", "AAAA", " ", "\n", "%3D"):
        assert isinstance(COOKIE.open(VALUE + more, NOW_MS), Refused)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(value_of)))
def test_whatever_comes_is_no_error(text: str) -> None:
    assert isinstance(COOKIE.open(text, NOW_MS), Refused)


@pytest.mark.parametrize("text", ["", "=", "Grüße" * 20, "\ud800" * 60, "+/" * 40, "A" * 41])
def test_what_is_no_cookie(text: str) -> None:
    assert COOKIE.open(text, NOW_MS) is Refused.MALFORMED


def test_a_cookie_beyond_the_bound_is_not_decoded() -> None:
    assert COOKIE.open("A" * size.MAX_COOKIE_BYTES, NOW_MS) is Refused.OTHER_VERSION
    assert COOKIE.open("A" * (size.MAX_COOKIE_BYTES + 1), NOW_MS) is Refused.TOO_LARGE


@pytest.mark.parametrize(
    "other",
    [
        SealedCookie(Keys({1: OLD}, 1), project="shop2"),
        SealedCookie(Keys({1: OLD}, 1), project=""),
        SealedCookie(Keys({1: OLD}, 1), project="shop", name="__Host-other"),
        SealedCookie(Keys({1: OLD}, 1), project="t\0shop", name="__Host-taci"),
        SealedCookie(Keys({1: NEW}, 1), project="shop"),
    ],
    ids=["project", "no-project", "name", "shifted", "secret"],
)
def test_bound_to_project_name_and_key(other: SealedCookie) -> None:
    assert other.open(VALUE, NOW_MS) is Refused.FORGED
    assert COOKIE.open(other.seal(STATE, NOW_MS), NOW_MS) is Refused.FORGED


def test_the_number_of_the_key_is_bound() -> None:
    """The same secret under two numbers: the number alone must not be changeable."""
    both = SealedCookie(Keys({1: OLD, 2: OLD}, 1), project="shop")
    raw = bytearray(raw_of(VALUE))
    assert both.open(VALUE, NOW_MS) == STATE
    raw[1] = 2
    assert both.open(value_of(bytes(raw)), NOW_MS) is Refused.FORGED


def test_age() -> None:
    hour = SealedCookie(Keys({1: OLD}, 1), project="shop", max_age_s=3_600)
    assert hour.open(VALUE, NOW_MS + 3_600_000) == STATE
    assert hour.open(VALUE, NOW_MS + 3_600_001) is Refused.TOO_OLD
    assert hour.open(VALUE, NOW_MS - 5_000) == STATE  # sealed where the clock is ahead
    assert COOKIE.open(VALUE, NOW_MS + size.MAX_AGE_S * 1_000 + 1) is Refused.TOO_OLD


# ------------------------------------------------------------------ keys


def test_rotation() -> None:
    """First every server learns the new key, then it seals, then the old one goes."""
    learned = SealedCookie(Keys({1: OLD, 2: NEW}, 1), project="shop")
    turned = SealedCookie(Keys({1: OLD, 2: NEW}, 2), project="shop")
    gone = SealedCookie(Keys({2: NEW}, 2), project="shop")
    fresh = turned.seal(STATE, NOW_MS)
    assert [raw_of(each)[1] for each in (learned.seal(STATE, NOW_MS), fresh)] == [1, 2]
    assert COOKIE.open(fresh, NOW_MS) is Refused.UNKNOWN_KEY
    assert learned.open(fresh, NOW_MS) == gone.open(fresh, NOW_MS) == STATE
    assert turned.open(VALUE, NOW_MS) == STATE
    assert gone.open(VALUE, NOW_MS) is Refused.UNKNOWN_KEY


def test_keys_as_written() -> None:
    keys = Keys.parse(f"2:{NEW.hex()},\n 1:{OLD.hex().upper()}\n")
    assert (dict(keys.secrets), keys.primary) == ({1: OLD, 2: NEW}, 2)
    for text in (repr(keys), str(keys)):
        assert NEW.hex() not in text
        assert repr(NEW) not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "1",
        f"1:{OLD.hex()[:-1]}",
        f"1:{OLD.hex()}0",
        f"256:{OLD.hex()}",
        f"-1:{OLD.hex()}",
        f"a:{OLD.hex()}",
        f"1:{OLD.hex()}, 1:{NEW.hex()}",
        f"1 {OLD.hex()}",
    ],
)
def test_wrong_keys_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Keys.parse(text)
    assert OLD.hex()[:20] not in str(caught.value)


def test_keys_must_fit_together() -> None:
    for secrets, primary in (({1: OLD}, 2), ({1: OLD[:16]}, 1), ({}, 0), ({300: OLD}, 300)):
        with pytest.raises(ValueError):
            Keys(secrets, primary)


# ------------------------------------------------------------------ size and attributes


@given(st.integers(0, 5_000), st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_sizes(state_size: int, name: str) -> None:
    cookie = SealedCookie(Keys({1: OLD}, 1), project="shop", name=name)
    fits = size.cookie_size(state_size, name) <= size.MAX_COOKIE_BYTES
    assert fits == cookie.fits(state_size) == (state_size <= size.largest_state(name))
    if fits:
        header = cookie.header(cookie.seal(bytes(state_size), NOW_MS))
        assert len(header) == size.cookie_size(state_size, name)
    else:
        with pytest.raises(ValueError, match="does not fit"):
            cookie.seal(bytes(state_size), NOW_MS)


def test_the_largest_state() -> None:
    assert size.largest_state() == 2_982


def test_the_arithmetic_needs_nothing() -> None:
    """A compiler can ask without what an edge needs."""
    ask = (
        "import sys; from tacit.runtime.cookie_size import value_size; assert value_size(0) == 48; "
        "assert not {'cryptography', 'starlette'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0


def test_attributes() -> None:
    cookie = SealedCookie(Keys({1: OLD}, 1), project="shop", max_age_s=86_400)
    assert cookie.header("abc") == (
        "__Host-tacit=abc; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax"
    )


@pytest.mark.parametrize(
    ("retention_ms", "seconds"),
    [(0, size.MAX_AGE_S), (1, 1), (1_000, 1), (1_001, 2), (10**15, size.MAX_AGE_S)],
)
def test_age_by_retention(retention_ms: int, seconds: int) -> None:
    assert size.max_age_s(retention_ms) == seconds


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "ä", "a" * 65, "a\n"])
def test_names_of_cookies(name: str) -> None:
    with pytest.raises(ValueError, match="name of a cookie"):
        SealedCookie(Keys({1: OLD}, 1), project="shop", name=name)
