from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import CurrentUser, Reading
from api.problems import Unauthenticated, responses
from api.read_model.configuration import configuration_of
from api.read_model.stats import Stats, stats_of

router = APIRouter(prefix="/stats", tags=["stats"], responses=responses(Unauthenticated))


@router.get("")
async def get_stats(user: CurrentUser, connection: Reading) -> Stats:
    """Numbers for the dashboard."""
    zone = (await configuration_of(connection, user.user_id)).schedule.zone
    return await stats_of(connection, user.user_id, zone)
