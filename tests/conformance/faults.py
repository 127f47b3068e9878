"""The codes of refusals, by what is wrong; they stand in `tacit.runtime.errors`."""

from __future__ import annotations

Row = tuple[str, str, bytes]
"""What is wrong, the code, the bytes."""

TRUNCATED, SHORTEST, MAJOR, FEATURE, OUTSIDE = "R101", "R102", "R103", "R104", "R105"
LIMIT, INDEX, CODE, UTF8, LEFT_OVER, ORDER = "R106", "R107", "R108", "R109", "R110", "R111"
DUPLICATE, RESERVED, TYPE, COUNT, NUMBER = "R112", "R113", "R114", "R115", "R116"
SHAPE, SALT, CONTENT, LACKING = "R117", "R118", "R119", "R120"
TWO_TO_53 = 2**53
SAME = 50
"""2^53 less this, and one more: two numbers that become one double when divided by ten."""
