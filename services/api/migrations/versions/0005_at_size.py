"""Indexes for every list and for search; an archive of old drafts."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UPDATED = "coalesce(changed_at, created_at)"
_WORDS = {
    "ideas": "title || ' ' || description || ' ' || topic_category",
    "drafts": "coalesce(edited_text, content_text, '')",
    "generations": "coalesce(content_text, '')",
}


def upgrade() -> None:
    _free_revisions()
    _make_searchable()
    _index()
    _create_archive()
    op.execute(_OWNER_OF)
    op.execute(_DRAFTS_HOLDING)


def _free_revisions() -> None:
    """They stay where they are when their draft moves to the archive."""
    for table in ("edits", "regenerations"):
        op.execute(f"ALTER TABLE api.{table} DROP CONSTRAINT {table}_content_id_fkey")
        op.execute(f"CREATE INDEX {table}_by_owner ON api.{table} (user_id)")


def _make_searchable() -> None:
    for table, words in _WORDS.items():
        document = f"to_tsvector('english'::regconfig, {words}) || array_to_tsvector(ARRAY[user_id::text])"
        op.execute(f"ALTER TABLE api.{table} DROP COLUMN IF EXISTS search")
        op.execute(
            f"ALTER TABLE api.{table} ADD COLUMN search tsvector GENERATED ALWAYS AS ({document}) STORED"
        )
        op.execute(f"CREATE INDEX {table}_by_word ON api.{table} USING gin (search)")


def _index() -> None:
    op.execute("DROP INDEX api.drafts_by_owner")
    for name, table, keys, where in (
        ("drafts_by_owner", "drafts", "user_id, created_at, id, state, platform", "deleted_at IS NULL"),
        ("drafts_by_update", "drafts", f"user_id, {_UPDATED}, id", "deleted_at IS NULL"),
        ("drafts_by_age", "drafts", _UPDATED, "deleted_at IS NULL"),
        ("drafts_deleted", "drafts", "user_id, created_at, id", "deleted_at IS NOT NULL"),
        ("notifications_unread", "notifications", "user_id", "read_at IS NULL"),
    ):
        op.execute(f"CREATE INDEX {name} ON api.{table} ({keys}) WHERE {where}")


def _create_archive() -> None:
    op.execute(
        "CREATE TABLE api.archived_drafts"
        " (LIKE api.drafts INCLUDING DEFAULTS INCLUDING GENERATED, PRIMARY KEY (id))"
    )
    for name, keys in (
        ("owner", "(user_id, created_at, id, state, platform)"),
        ("workflow", "(workflow_id)"),
        ("idea", "(idea_id)"),
        ("word", "USING gin (search)"),
    ):
        op.execute(f"CREATE INDEX archived_drafts_by_{name} ON api.archived_drafts {keys}")


_OWNER_OF = """
    CREATE OR REPLACE FUNCTION api.owner_of(kind text, id uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
        SELECT CASE kind
            WHEN 'drafts' THEN coalesce(
                (SELECT d.user_id FROM api.drafts d WHERE d.id = owner_of.id),
                (SELECT d.user_id FROM api.archived_drafts d WHERE d.id = owner_of.id)
            )
            WHEN 'ideas' THEN (SELECT i.user_id FROM api.ideas i WHERE i.id = owner_of.id)
            WHEN 'workflows' THEN (SELECT w.user_id FROM api.workflows w WHERE w.id = owner_of.id)
            WHEN 'notifications' THEN (SELECT n.user_id FROM api.notifications n WHERE n.id = owner_of.id)
            WHEN 'sessions' THEN (SELECT s.user_id FROM api.sessions s WHERE s.id = owner_of.id)
        END
    $$
"""

#: `@@` isn't leakproof, so beneath a policy no index serves it. Here the search itself names the person.
_DRAFTS_HOLDING = """
    CREATE FUNCTION api.drafts_holding(words tsquery) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE ROWS 100 SECURITY DEFINER SET search_path = '' AS $$
    DECLARE
        person text := nullif(current_setting('polycast.person', true), '');
        wanted tsquery := words && quote_literal(person)::tsquery;
    BEGIN
        RETURN QUERY
            SELECT d.id FROM api.drafts d WHERE d.search @@ wanted
            UNION SELECT d.id FROM api.archived_drafts d WHERE d.search @@ wanted
            UNION SELECT g.content_id FROM api.generations g WHERE g.search @@ wanted
            UNION SELECT d.id FROM api.ideas i JOIN api.drafts d ON d.idea_id = i.id WHERE i.search @@ wanted
            UNION SELECT d.id FROM api.ideas i JOIN api.archived_drafts d ON d.idea_id = i.id
                WHERE i.search @@ wanted;
    END
    $$;
    REVOKE ALL ON FUNCTION api.drafts_holding FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION api.drafts_holding TO api
"""
