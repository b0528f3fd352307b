"""What every service's `migrations/env.py` calls."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from polycast.db.database import Schema


def run_migrations(schema: Schema) -> None:
    """Run the pending migrations as the schema's owner, in one transaction, with the version table in it."""
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET ROLE {schema.owner}")
        connection.exec_driver_sql(f"SET search_path = {schema.name}")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=schema.metadata,
            version_table_schema=schema.name,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == schema.name,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
