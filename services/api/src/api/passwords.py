"""Passwords: which are accepted, and how they are kept."""

from __future__ import annotations

import asyncio
from functools import cache
from uuid import uuid4

import bcrypt

#: bcrypt reads no further, so a longer password would be weaker than it looks.
MAX_PASSWORD_BYTES = 72
BCRYPT_COST = 12


def hashable(password: str) -> str:
    """
    Raises:
        ValueError: bcrypt would not read all of it.
    """
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise ValueError(f"must not exceed {MAX_PASSWORD_BYTES} bytes")
    if "\x00" in password:
        raise ValueError("must not hold a NUL character")
    return password


def uncommon(password: str) -> str:
    """NIST SP 800-63B, section 3.1.1.2: what attackers try first is no password.

    Raises:
        ValueError: it is among the 30,000 that leaked most often.
    """
    if password.lower() in _common_passwords():
        raise ValueError("is one of the most common passwords: attackers try it first")
    return password


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

    return frozenset(FREQUENCY_LISTS["passwords"])


class Passwords:
    """bcrypt, off the event loop. One hash costs 0.27 s of a core, so only `concurrency` run at once."""

    def __init__(self, cost: int = BCRYPT_COST, concurrency: int = 2) -> None:
        self._cost = cost
        self._slots = asyncio.Semaphore(concurrency)
        self._nobodys = bcrypt.hashpw(uuid4().bytes, bcrypt.gensalt(cost))

    async def hash(self, password: str) -> str:
        async with self._slots:
            salt = bcrypt.gensalt(self._cost)
            return (await asyncio.to_thread(bcrypt.hashpw, password.encode(), salt)).decode()

    async def matches(self, password: str, stored: str | None) -> bool:
        """Takes the same time whether or not there is such an account (`stored` is None)."""
        against = stored.encode() if stored is not None else self._nobodys
        async with self._slots:
            matches = await asyncio.to_thread(bcrypt.checkpw, password.encode(), against)
        return matches and stored is not None
