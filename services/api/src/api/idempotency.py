"""The Idempotency-Key header: the same command sent twice is carried out once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.problems import Invalid
from api.store import idempotency_keys
from polycast.db import Database

KEPT = timedelta(hours=24)


class Command:
    """One command under one key. Use it under `lock_account`, in the command's own transaction."""

    def __init__(
        self, connection: AsyncConnection, user_id: UUID, key: str | None, operation: str, body: BaseModel
    ) -> None:
        self._connection = connection
        self._user_id = user_id
        self._key = key
        self._hash = hashlib.sha256(f"{operation}\n{body.model_dump_json()}".encode()).digest()

    async def earlier_answer(self) -> Any | None:
        """What the same command answered before, or None if it is new.

        Raises:
            Invalid: the key was used for another command.
        """
        if self._key is None:
            return None
        query = select(idempotency_keys).where(
            idempotency_keys.c.user_id == self._user_id, idempotency_keys.c.key == self._key
        )
        earlier = (await self._connection.execute(query)).one_or_none()
        if earlier is None:
            return None
        if bytes(earlier.request_hash) != self._hash:
            raise Invalid(("Idempotency-Key", "was used for a different request"))
        return earlier.answer

    async def remember(self, answer: BaseModel) -> None:
        if self._key is not None:
            await self._connection.execute(
                insert(idempotency_keys).values(
                    user_id=self._user_id,
                    key=self._key,
                    request_hash=self._hash,
                    answer=answer.model_dump(mode="json"),
                )
            )


async def forget_old_keys(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(
            delete(idempotency_keys).where(idempotency_keys.c.created_at < func.now() - KEPT)
        )
