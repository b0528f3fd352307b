from __future__ import annotations

import re
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from api.store import SCHEMA
from polycast.db.database import psycopg_url


def test_the_migrations_make_exactly_these_tables(api_url: str) -> None:
    def ours(name: str | None, kind: str, _: Any) -> bool:
        is_partition = kind == "table" and re.fullmatch(r"audit_\d{4}_\d{2}", name or "")
        return not is_partition and (kind != "schema" or name == SCHEMA.name)

    # Were `api` the search path, reflection would take it for the nameless default schema.
    public = {"options": "-c search_path=public"}
    engine = create_engine(psycopg_url(api_url), poolclass=NullPool, connect_args=public)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": ours,
                "version_table_schema": SCHEMA.name,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, SCHEMA.metadata) == []
