"""The gateway: HTTP API and its read model."""
