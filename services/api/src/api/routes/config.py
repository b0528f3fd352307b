from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from api.dependencies import CurrentUser, Gateway, GatewayDep, Reading, lock_account
from api.problems import Invalid, Unauthenticated, responses
from api.read_model.configuration import Configuration, OwnPreferences, configuration_of, next_runs
from api.store import configurations
from polycast.contracts import Platforms, Schedule

router = APIRouter(prefix="/config", tags=["config"], responses=responses(Unauthenticated))


class PlannedSchedule(Schedule):
    next_runs: list[datetime]
    """The next three starts, in UTC; none while it is disabled."""


class PlatformPreferences(OwnPreferences):
    platforms: Platforms = ()
    """Empty: every announced one."""


@router.get("/schedule")
async def get_schedule(user: CurrentUser, connection: Reading) -> PlannedSchedule:
    """When workflows start, and the next three times."""
    return _planned((await configuration_of(connection, user.user_id)).schedule)


@router.put("/schedule", responses=responses(Invalid))
async def put_schedule(body: Schedule, user: CurrentUser, gateway: GatewayDep) -> PlannedSchedule:
    """Change when workflows start. What is left out stays as it is."""
    saved = await _change(gateway, user.user_id, {"schedule": body.model_dump(exclude_unset=True)})
    return _planned(saved.schedule)


@router.get("/preferences")
async def get_preferences(user: CurrentUser, connection: Reading) -> PlatformPreferences:
    """What is written, for which platforms, and what a draft must fulfil to be ready."""
    return _preferences(await configuration_of(connection, user.user_id))


@router.put("/preferences", responses=responses(Invalid))
async def put_preferences(
    body: PlatformPreferences, user: CurrentUser, gateway: GatewayDep
) -> PlatformPreferences:
    """Change what is written, and for which platforms. What is left out stays as it is."""
    await gateway.registry.require(body.platforms)
    changes: dict[str, Any] = {"preferences": body.model_dump(exclude_unset=True, exclude={"platforms"})}
    if "platforms" in body.model_fields_set:
        changes["platforms"] = body.platforms
    return _preferences(await _change(gateway, user.user_id, changes))


async def _change(gateway: Gateway, user_id: UUID, changes: dict[str, Any]) -> Configuration:
    """Save and announce a person's configuration with some of it changed."""
    async with gateway.outbox.transaction() as transaction:
        await lock_account(transaction.connection, user_id)
        current = (await configuration_of(transaction.connection, user_id)).model_dump()
        changed = Configuration.model_validate(_merged(current, changes))
        columns = changed.columns()
        await transaction.connection.execute(
            insert(configurations)
            .values(user_id=user_id, **columns)
            .on_conflict_do_update(
                index_elements=[configurations.c.user_id], set_=columns | {"updated_at": func.now()}
            )
        )
        await transaction.emit(changed.event(user_id))
    return changed


def _merged(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What a change leaves out, at whatever depth, stays."""
    nested = {
        name: _merged(current[name], change)
        for name, change in changes.items()
        if isinstance(change, dict) and isinstance(current.get(name), dict)
    }
    return current | changes | nested


def _planned(schedule: Schedule) -> PlannedSchedule:
    return PlannedSchedule(**schedule.model_dump(), next_runs=next_runs(schedule, datetime.now(UTC)))


def _preferences(configuration: Configuration) -> PlatformPreferences:
    return PlatformPreferences(**configuration.preferences.model_dump(), platforms=configuration.platforms)
