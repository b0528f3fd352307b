"""The endpoints under `/api/v1`, one module a noun. `ROUTERS` is all that `app.py` knows of them."""

from api.routes import auth, config, content, ideas, platforms, workflows

ROUTERS = (auth.router, content.router, ideas.router, workflows.router, config.router, platforms.router)
