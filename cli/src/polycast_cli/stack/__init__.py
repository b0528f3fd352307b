"""The local stack: every service, with an embedded NATS and Postgres, under one supervisor."""
