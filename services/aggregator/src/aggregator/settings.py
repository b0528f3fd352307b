"""Settings of the aggregator."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from aggregator.domain import Patience
from polycast.settings import DatabaseSettings


class Settings(DatabaseSettings):
    workflow_deadline_seconds: Annotated[float, Field(gt=0)] = 300
    """Silence after which an execution's missing drafts count as failed."""
    workflow_queue_seconds: Annotated[float, Field(gt=0)] = 3600
    """Silence after which an execution without ideas has failed."""
    workflow_sweep_seconds: Annotated[float, Field(gt=0)] = 1
    """How often deadlines and unannounced outcomes are looked for."""

    @property
    def patience(self) -> Patience:
        return Patience(
            deadline=timedelta(seconds=self.workflow_deadline_seconds),
            queue=timedelta(seconds=self.workflow_queue_seconds),
        )
