"""The endpoints under `/api/v1`, one module a noun. `ROUTERS` is all that `app.py` knows of them."""

from api.routes import (
    account,
    audit,
    auth,
    config,
    content,
    events,
    ideas,
    notifications,
    platforms,
    stats,
    workflows,
)

_NOUNS = (
    auth, content, ideas, workflows, config, platforms, notifications, events, stats, audit, account,
)  # fmt: skip
ROUTERS = tuple(noun.router for noun in _NOUNS)
