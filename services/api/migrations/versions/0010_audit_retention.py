"""How long the audit log is kept is fixed here: whoever may call the function can't shorten it."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        DROP FUNCTION api.keep_audit(date, integer);

        -- Makes and drops partitions for who doesn't own the table. It gives way to whoever uses the table:
        -- the next hour is as good.
        CREATE FUNCTION api.keep_audit() RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = '' SET lock_timeout = '3s' SET timezone = 'UTC' AS $$
        DECLARE
            kept_since CONSTANT date := current_date - 90;
            first date;
            name text;
        BEGIN
            PERFORM pg_catalog.pg_advisory_xact_lock(76592279);
            FOR first IN
                SELECT generate_series(date_trunc('month', kept_since),
                                       date_trunc('month', current_date + 62), '1 month')
            LOOP
                name := 'audit_' || to_char(first, 'YYYY_MM');
                IF to_regclass('api.' || name) IS NULL THEN
                    EXECUTE format('CREATE TABLE api.%I PARTITION OF api.audit FOR VALUES FROM (%L) TO (%L)',
                                   name, first::timestamptz, first + interval '1 month');
                END IF;
            END LOOP;
            FOR name IN
                SELECT c.relname
                FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'api.audit'::regclass
                  AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= kept_since
            LOOP
                EXECUTE format('DROP TABLE api.%I', name);
            END LOOP;
        END
        $$;
        REVOKE ALL ON FUNCTION api.keep_audit FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION api.keep_audit TO api_system;
        """
    )
