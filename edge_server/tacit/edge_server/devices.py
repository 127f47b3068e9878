"""A coarse class of device from a request: `mobile`, `tablet`, `desktop` or `bot`.

Coarse on purpose: it is a few words looked for in a text that anyone can forge. A tablet that asks
for desktop pages is a desktop here, an unknown client is a desktop, a bot that hides is what it
says it is. It is good enough to choose a layout, for nothing else.
"""

from __future__ import annotations

import re
from typing import Final

_BOT: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|preview|facebookexternalhit|monitor|lighthouse"
    r"|^curl/|^wget/|^python-|^go-http-client|^java/|^okhttp/|^libwww|^axios/|^node",
    re.IGNORECASE,
)
_TABLET: Final = re.compile(r"ipad|tablet|kindle|silk/|playbook", re.IGNORECASE)
_MOBILE: Final = re.compile(r"mobi|iphone|ipod|windows phone|opera mini", re.IGNORECASE)
_ANDROID: Final = re.compile(r"android", re.IGNORECASE)


def device_class(user_agent: str | None, hint: str | None) -> str | None:
    """The class, from `User-Agent` and the client hint `Sec-CH-UA-Mobile`; None without either.

    The hint wins where it speaks (`?1` is a phone), except that a bot stays a bot and that `?0`,
    which tablets send too, still leaves tablet or desktop to the user agent.
    """
    agent = user_agent or ""
    if _BOT.search(agent):
        return "bot"
    if hint == "?1":
        return "mobile"
    if _TABLET.search(agent):
        return "tablet"
    if hint != "?0" and _MOBILE.search(agent):
        return "mobile"
    if _ANDROID.search(agent):  # Android without "Mobile" is how tablets say what they are
        return "tablet"
    return "desktop" if agent or hint == "?0" else None
