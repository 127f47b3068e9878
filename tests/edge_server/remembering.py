"""A bundle that wants something remembered, by hand."""

from __future__ import annotations

from tests.runtime import builder as b

HOUR_MS = 3_600_000
PURPOSE = "personalization"
PROJECT = "shop"


def remembering(project: str = PROJECT, largest: int = 600, retention: int = 48 * HOUR_MS) -> bytes:
    """`hero` shows `shoes`, at most twice a day, to whoever viewed two shoes within a day, which is
    kept for a purpose; `offer` holds what it shows for an hour."""
    hero = b.Rule(("all", [("GE", 2, 2), ("HAS", 3, None, True)]), 1, id="fans", row=b.Row(flags=1))
    held = b.Rule(
        ("all", [("IS", 4, 1), ("IS_TRUE", 0, None)]), 1, id="buyers", row=b.Row(standing=1)
    )
    offer = b.Rule(("IS_TRUE", 0, None), 1, id="buyers", row=b.Row(written=0))
    return b.build(
        b.Program(
            project=project,
            debug=True,
            signals=[
                b.Signal("buyer", "bool", purpose=PURPOSE),
                b.Signal("viewed.kind", "string"),
                b.Signal("views", "int"),
                b.Signal("hero.shoes", "int"),
                b.Signal("offer.held", "int"),
            ],
            surfaces=[
                b.Surface("hero", ["classic", "shoes"], rules=[hero]),
                b.Surface("offer", ["none", "mug"], rules=[held, offer]),
            ],
            memory=b.Memory(
                host=1,
                events=[("viewed", 1)],
                wheres=[("IS", 1, "shoes")],
                items=[
                    ("COUNT", 10, PURPOSE, (0, 1, HOUR_MS, 24)),
                    ("SHOWN", 20, None, (1, 1, HOUR_MS, 24)),
                    ("SURFACE", 30, None, (1,)),
                ],
                derived=[("EXACT", (0, 1)), ("BLOCK", (1,)), ("HOLD", (0,))],
                guards=[("CAP", False, 1, 2)],
                holds=[(2, HOUR_MS, None, False, [(0, 1)])],
                written=[1, 1],
                topics=["feet"],
                variant_topics=[[], [0], [], []],
                retention=retention,
                largest=largest,
            ),
        )
    )
