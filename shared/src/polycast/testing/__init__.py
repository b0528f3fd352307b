"""Real servers for tests: NATS and Postgres from wheels, containers, or already running ones.

Enabled by `-p polycast.testing.plugin`; `--infra embedded|containers|external` chooses where they come from.
"""
