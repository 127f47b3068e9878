"""Loading takes time linear in the bundle, also for those that somebody made to be slow."""

from __future__ import annotations

import time

from tacit.runtime import Bundle

from . import builder as b

FACTOR = 0xFF51AFD7ED558CCD
WORD = 2**64


def seconds(data: bytes) -> float:
    """The least processor time of three loads."""
    times = []
    for _ in range(3):
        begun = time.thread_time()
        Bundle.load(data)
        times.append(time.thread_time() - begun)
    return min(times)


def alike(count: int) -> list[str]:
    """ASCII texts of 16 bytes that had one hash while its factor was known to everybody."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        first = b"%08d" % number
        number += 1
        mixed = (16 ^ int.from_bytes(first, "little")) * FACTOR % WORD
        last = ((mixed ^ mixed >> 32) ^ 0x1234567890ABCDEF).to_bytes(8, "little")
        if last.isascii():
            found.append((first + last).decode())
    return found


def test_names_chosen_to_collide() -> None:
    def surfaces(names: list[str]) -> bytes:
        return b.build(b.Program(surfaces=[b.Surface(name) for name in names]))

    chosen = seconds(surfaces(alike(6000)))
    plain = seconds(surfaces([f"{i:016}" for i in range(6000)]))
    assert chosen < 10 * plain + 0.005, (chosen, plain)


def test_a_large_set_in_many_rules() -> None:
    def program(rules: int) -> bytes:
        return b.build(
            b.Program(
                signals=[b.Signal("x", "int"), b.Signal("y", "int")],
                segments=[
                    ("AMONG", 0, range(0, 40_000, 4)),
                    *(("IS", 0, i) for i in range(2, 40_000, 4)),
                ],
                surfaces=[
                    b.Surface(
                        "hero",
                        rules=[
                            b.Rule(("all", [("SEGMENT", 0, 0), ("GE", 1, i)]), 1)
                            for i in range(rules)
                        ],
                    )
                ],
            )
        )

    many, one = seconds(program(5000)), seconds(program(1))
    assert many < one + 0.15, (many, one)
