"""Who owns a row of somebody else's: all that is told of it."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION api.owner_of(kind text, id uuid) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT CASE kind
                WHEN 'drafts' THEN (SELECT d.user_id FROM api.drafts d WHERE d.id = owner_of.id)
                WHEN 'ideas' THEN (SELECT i.user_id FROM api.ideas i WHERE i.id = owner_of.id)
                WHEN 'workflows' THEN (SELECT w.user_id FROM api.workflows w WHERE w.id = owner_of.id)
                WHEN 'notifications' THEN (SELECT n.user_id FROM api.notifications n WHERE n.id = owner_of.id)
                WHEN 'sessions' THEN (SELECT s.user_id FROM api.sessions s WHERE s.id = owner_of.id)
            END
        $$;
        REVOKE ALL ON FUNCTION api.owner_of FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION api.owner_of TO api;
        """
    )
