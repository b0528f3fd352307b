"""One index serves what is deleted too, and whatever asks for all of a person's drafts."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX api.drafts_deleted")
    for table in ("drafts", "archived_drafts"):
        op.execute(f"DROP INDEX api.{table}_by_owner")
        keys = "user_id, created_at, id, state, platform, deleted_at"
        op.execute(f"CREATE INDEX {table}_by_owner ON api.{table} ({keys})")
