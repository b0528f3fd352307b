"""The ideas service's tables: ideas made and adopted, people's latest wishes, tombstones."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from ideas.domain import Wishes
from ideas.similarity import Told, Vector
from polycast.contracts import IdeaCreated, Preferences
from polycast.db import Database, Erasure, Schema

SCHEMA = Schema("ideas", Path(__file__).parents[2] / "migrations")

ideas = Table(
    "ideas",
    SCHEMA.metadata,
    Column("idea_id", Uuid, primary_key=True),
    Column("execution_id", Uuid),
    Column("user_id", Uuid, nullable=False),
    Column("index", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("topic_category", Text, nullable=False),
    Column("event", JSONB, nullable=False, comment="the idea.created that was published, to repeat it"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "vector", LargeBinary, comment="of title and description; 32-bit floats of length 1, little-endian"
    ),
    Column("vector_model", Text, comment="whose vector it is: those of others can't be compared"),
    Index("ideas_by_execution", "execution_id"),
    Index("ideas_by_user", "user_id", "created_at"),
)
wishes_of = Table(
    "wishes",
    SCHEMA.metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("preferences", JSONB, nullable=False),
    Column("platforms", JSONB, nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="of the schedule.updated; the latest wins"),
)
erased_users = Table("erased_users", SCHEMA.metadata, Column("user_id", Uuid, primary_key=True))
ERASURE = Erasure(SCHEMA)
#: More than a month's at ten a day.
MAX_RECENT = 500


class IdeaStore:
    def __init__(self, database: Database, history_days: int, vector_model: str) -> None:
        self.database = database
        self.history_days = history_days
        self.vector_model = vector_model

    async def of_execution(self, execution_id: UUID) -> list[IdeaCreated]:
        query = select(ideas.c.event).where(ideas.c.execution_id == execution_id).order_by(ideas.c.index)
        async with self.database.single() as connection:
            rows = await connection.scalars(query)
            return [IdeaCreated.model_validate(row) for row in rows]

    async def keep(
        self, made: Sequence[IdeaCreated], vectors: Sequence[Vector | None] | None = None
    ) -> list[IdeaCreated]:
        """Store ideas unless they are; returns what stands, or nothing for a person who was erased."""
        async with self.database.begin() as connection:
            if await ERASURE.is_erased(connection, made[0].user_id, before_writing=ideas):
                return []
            first, *others = [
                idea.model_dump(
                    include={"idea_id", "execution_id", "user_id", "index", "title", "topic_category"}
                )
                | {"event": idea.model_dump(mode="json")}
                | self._stored(vector)
                for idea, vector in zip(made, vectors or [None] * len(made), strict=True)
            ]
            # Whoever stores an execution's first idea stores all: two makers' ideas would tell two totals.
            is_new = await connection.scalar(
                insert(ideas).values(first).on_conflict_do_nothing().returning(ideas.c.idea_id)
            )
            if is_new and others:
                await connection.execute(insert(ideas).on_conflict_do_nothing(), others)
            standing = await connection.scalars(
                select(ideas.c.event)
                .where(ideas.c.idea_id.in_([idea.idea_id for idea in made]))
                .order_by(ideas.c.index)
            )
            return [IdeaCreated.model_validate(row) for row in standing]

    async def recent(self, user_id: UUID) -> list[Told]:
        """The person's ideas of the last days, newest first, with their vectors if they are this model's.

        At most `MAX_RECENT`: all are told to the model and compared with each new one.
        """
        query = (
            select(
                ideas.c.idea_id,
                ideas.c.title,
                ideas.c.event["description"].astext.label("description"),
                ideas.c.topic_category,
                ideas.c.vector,
                ideas.c.vector_model,
            )
            .where(ideas.c.user_id == user_id)
            .where(ideas.c.created_at > func.now() - text(f"interval '{self.history_days} days'"))
            .order_by(ideas.c.created_at.desc(), ideas.c.index)
            .limit(MAX_RECENT)
        )
        async with self.database.single() as connection:
            rows = await connection.execute(query)
        return [
            Told(
                idea_id=row.idea_id,
                title=row.title,
                description=row.description or "",
                topic_category=row.topic_category,
                vector=array("f", row.vector) if row.vector_model == self.vector_model else None,
            )
            for row in rows
        ]

    async def keep_vectors(self, told: Sequence[Told]) -> None:
        """Of ideas that were stored without."""
        rows = [{"id": each.idea_id} | self._stored(each.vector) for each in told]
        async with self.database.begin() as connection:
            await connection.execute(update(ideas).where(ideas.c.idea_id == bindparam("id")), rows)

    def _stored(self, vector: Vector | None) -> dict[str, object]:
        return {
            "vector": vector.tobytes() if vector is not None else None,
            "vector_model": self.vector_model if vector is not None else None,
        }

    async def wishes(self, user_id: UUID) -> Wishes:
        query = select(wishes_of.c.preferences, wishes_of.c.platforms).where(wishes_of.c.user_id == user_id)
        async with self.database.single() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return Wishes()
        return Wishes(Preferences.model_validate(row.preferences), tuple(row.platforms))

    async def keep_wishes(self, user_id: UUID, wishes: Wishes, sequence: int) -> None:
        """An older update that is delivered again doesn't replace a newer one."""
        row = insert(wishes_of).values(
            user_id=user_id,
            preferences=wishes.preferences.model_dump(mode="json"),
            platforms=list(wishes.platforms),
            sequence=sequence,
        )
        async with self.database.begin() as connection:
            if await ERASURE.is_erased(connection, user_id, before_writing=wishes_of):
                return
            await connection.execute(
                row.on_conflict_do_update(
                    index_elements=[wishes_of.c.user_id],
                    set_={name: row.excluded[name] for name in ("preferences", "platforms", "sequence")},
                    where=wishes_of.c.sequence < row.excluded.sequence,
                )
            )

    async def is_erased(self, user_id: UUID) -> bool:
        async with self.database.single() as connection:
            return await ERASURE.is_erased(connection, user_id)

    async def forget(self, user_id: UUID) -> None:
        await ERASURE.erase(self.database, {user_id})
