"""Who is asking: access tokens and passwords."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import bcrypt
import jwt

ALGORITHM = "HS256"
_REQUIRED = ["exp", "iat", "jti", "user_id", "email", "role"]
#: bcrypt reads no further, so a longer password would be weaker than it looks.
MAX_PASSWORD_BYTES = 72
BCRYPT_COST = 12


class InvalidToken(ValueError):
    """Its text is fit for the caller's eyes."""


@dataclass(frozen=True)
class Claims:
    """What an access token says of its bearer."""

    user_id: UUID
    email: str
    role: str
    jti: UUID


class Tokens:
    """Issues and reads access tokens. The first secret signs; every secret is accepted, found by `kid`."""

    def __init__(self, secrets: Sequence[str], ttl_seconds: int) -> None:
        self.ttl_seconds = ttl_seconds
        self._keys = {_key_id(secret): secret for secret in secrets}
        self._signing = _key_id(secrets[0])

    def issue(self, user_id: UUID, email: str, role: str) -> str:
        now = int(time.time())
        claims = {
            "user_id": str(user_id),
            "email": email,
            "role": role,
            "iat": now,
            "exp": now + self.ttl_seconds,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers={"kid": self._signing})

    def read(self, token: str) -> Claims:
        """
        Raises:
            InvalidToken: forged, expired, or not one of ours.
        """
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                [ALGORITHM],
                options={"require": _REQUIRED},
            )
            return Claims(UUID(claims["user_id"]), claims["email"], claims["role"], UUID(claims["jti"]))
        except jwt.ExpiredSignatureError:
            raise InvalidToken("the access token has expired") from None
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError):
            raise InvalidToken("the access token is not valid") from None


def _key_id(secret: str) -> str:
    """Names a key without giving it away."""
    return hashlib.sha256(b"polycast-key-id:" + secret.encode()).hexdigest()[:8]


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
