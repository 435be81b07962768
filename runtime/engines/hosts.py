"""Which servers are on this computer."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

ANTHROPIC = "https://api.anthropic.com"


@lru_cache(maxsize=64)  # asked at every call, of few servers
def host_of(url: str) -> str:
    """The host of a URL, in small letters; the URL itself where it has none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


@lru_cache(maxsize=64)
def is_loopback(url: str) -> bool:
    """Whether a URL points to this computer for certain. A name other than `localhost` could point anywhere."""
    host = host_of(url)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
