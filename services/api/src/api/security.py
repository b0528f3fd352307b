"""Who is asking: signed tokens."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt

ALGORITHM = "HS256"
_REQUIRED = ["exp", "iat", "jti", "user_id", "email", "role"]
_REQUIRED_OF_REFRESH = ["exp", "family", "counter"]
_REQUIRED_OF_DEVICE = ["exp", "iat", "account", "device"]
#: How long a browser is remembered as one from which its account was signed in to.
DEVICE_KNOWN = timedelta(days=180)


class InvalidToken(ValueError):
    """Its text is fit for the caller's eyes."""


@dataclass(frozen=True)
class Claims:
    """What an access token says of its bearer."""

    user_id: UUID
    email: str
    role: str
    jti: UUID
    session: UUID
    """With which it ends. It stands in the token's header: the claims are those that were agreed."""
    issued_at: float
    """Unix time, to the millisecond: a token may end in the second that it was issued in."""
    expires_at: float


@dataclass(frozen=True)
class RefreshClaims:
    """Which refresh token of which sign-in this is."""

    family: UUID
    counter: int


@dataclass(frozen=True)
class DeviceClaims:
    """A browser from which somebody signed in to this account: who guesses elsewhere can't hinder it.

    Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
    """

    id: UUID
    account: UUID
    issued_at: float


class Tokens:
    """Issues and reads tokens. The first secret signs; every secret is accepted, found by `kid`."""

    def __init__(self, secrets: Sequence[str], ttl_seconds: int) -> None:
        self.ttl_seconds = ttl_seconds
        self._keys = {_key_id(secret): secret for secret in secrets}
        self._signing = _key_id(secrets[0])

    def issue(self, user_id: UUID, email: str, role: str, session: UUID) -> str:
        now = round(time.time(), 3)
        return self._sign(
            {
                "user_id": str(user_id),
                "email": email,
                "role": role,
                "iat": now,
                "exp": now + self.ttl_seconds,
                "jti": str(uuid4()),
            },
            sid=str(session),
        )

    def issue_refresh(self, claims: RefreshClaims, expires_at: datetime) -> str:
        return self._sign(
            {"family": str(claims.family), "counter": claims.counter, "exp": int(expires_at.timestamp())}
        )

    def issue_device(self, account: UUID) -> str:
        now = datetime.now(UTC)
        return self._sign(
            {
                "device": str(uuid4()),
                "account": str(account),
                "iat": now.timestamp(),
                "exp": int((now + DEVICE_KNOWN).timestamp()),
            }
        )

    def read(self, token: str) -> Claims:
        """
        Raises:
            InvalidToken: forged, expired, or no access token of ours.
        """
        header, claims = self._verify(token, _REQUIRED, "access token")
        try:
            return Claims(
                user_id=UUID(claims["user_id"]),
                email=claims["email"],
                role=claims["role"],
                jti=UUID(claims["jti"]),
                session=UUID(header["sid"]),
                issued_at=float(claims["iat"]),
                expires_at=float(claims["exp"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InvalidToken("the access token is not valid") from None

    def read_refresh(self, token: str) -> RefreshClaims:
        """
        Raises:
            InvalidToken: forged, expired, or no refresh token of ours.
        """
        _, claims = self._verify(token, _REQUIRED_OF_REFRESH, "refresh token")
        return RefreshClaims(UUID(claims["family"]), claims["counter"])

    def read_device(self, token: str) -> DeviceClaims:
        """
        Raises:
            InvalidToken: forged, expired, or no device token of ours.
        """
        _, claims = self._verify(token, _REQUIRED_OF_DEVICE, "device token")
        return DeviceClaims(UUID(claims["device"]), UUID(claims["account"]), float(claims["iat"]))

    def _sign(self, claims: dict[str, Any], **header: str) -> str:
        header |= {"kid": self._signing}
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers=header)

    def _verify(self, token: str, required: list[str], noun: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Its header and its claims; the signature covers both."""
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            verified = jwt.decode_complete(token, key, [ALGORITHM], options={"require": required})
        except jwt.ExpiredSignatureError:
            raise InvalidToken(f"the {noun} has expired") from None
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise InvalidToken(f"the {noun} is not valid") from None
        return verified["header"], verified["payload"]


def _key_id(secret: str) -> str:
    """Names a key without giving it away."""
    return hashlib.sha256(b"polycast-key-id:" + secret.encode()).hexdigest()[:8]
