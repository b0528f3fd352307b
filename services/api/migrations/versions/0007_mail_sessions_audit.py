"""Mail, sessions that can be looked at, an audit log by months, what is left to purge of the erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "api"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _prepare_mail()
    _describe_sessions()
    _partition_audit()
    _plan_purges()


def _prepare_mail() -> None:
    op.add_column("notifications", sa.Column("mail_claimed_at", _MOMENT), schema=SCHEMA)
    op.create_index(
        "notifications_to_mail",
        "notifications",
        ["created_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("mail_claimed_at IS NULL"),
    )
    op.create_table(
        "password_resets",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("api.users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("password_resets_by_owner", "password_resets", ["user_id"], schema=SCHEMA)


def _describe_sessions() -> None:
    for column in (
        sa.Column("created_at", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("ip_address", sa.Text, nullable=False, server_default=""),
        sa.Column("user_agent", sa.Text, nullable=False, server_default=""),
    ):
        op.add_column("sessions", column, schema=SCHEMA)


def _partition_audit() -> None:
    op.execute(
        """
        SET LOCAL timezone = 'UTC';  -- in which the months are
        ALTER TABLE api.audit RENAME TO audit_before;
        ALTER INDEX api.audit_pkey RENAME TO audit_before_pkey;
        ALTER INDEX api.audit_by_owner RENAME TO audit_before_by_owner;
        CREATE TABLE api.audit (
            id uuid NOT NULL,
            timestamp timestamptz NOT NULL DEFAULT now(),
            event_type text NOT NULL,
            user_id uuid,
            resource_id text,
            action text NOT NULL,
            ip_address text,
            user_agent text,
            status text NOT NULL,
            PRIMARY KEY (id, timestamp)
        ) PARTITION BY RANGE (timestamp);
        CREATE INDEX audit_by_owner ON api.audit (user_id, timestamp, id);

        -- Makes and drops partitions for who doesn't own the table. It gives way to whoever uses the table:
        -- the next hour is as good.
        CREATE FUNCTION api.keep_audit(today date, kept_days integer) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = '' SET lock_timeout = '3s' SET timezone = 'UTC' AS $$
        DECLARE
            first date;
            name text;
        BEGIN
            PERFORM pg_catalog.pg_advisory_xact_lock(76592279);
            FOR first IN
                SELECT generate_series(date_trunc('month', today - kept_days),
                                       date_trunc('month', today + 62), '1 month')
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
                  AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= today - kept_days
            LOOP
                EXECUTE format('DROP TABLE api.%I', name);
            END LOOP;
        END
        $$;
        REVOKE ALL ON FUNCTION api.keep_audit FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION api.keep_audit TO api_system;
        SELECT api.keep_audit(current_date, 90);

        INSERT INTO api.audit
        SELECT id, timestamp, event_type, user_id, resource_id, action, ip_address, user_agent, status
        FROM api.audit_before WHERE timestamp >= date_trunc('month', now() - interval '90 days');
        DROP TABLE api.audit_before;
        """
    )


def _plan_purges() -> None:
    op.add_column("erased_users", sa.Column("purge_at", _MOMENT, server_default=sa.func.now()), schema=SCHEMA)
    op.create_index(
        "erased_users_to_purge",
        "erased_users",
        ["purge_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("purge_at IS NOT NULL"),
    )
