from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select

from api.dependencies import Gateway
from api.read_model.configuration import next_runs
from api.store import configurations, outbox
from polycast.contracts import Preferences, Schedule, ScheduleUpdated

if TYPE_CHECKING:
    from services.api.tests.conftest import Person


async def latest_announcement(gateway: Gateway) -> ScheduleUpdated:
    async with gateway.system.connect() as connection:
        query = select(outbox.c.event).where(outbox.c.subject == "schedule.updated")
        event = await connection.scalar(query.order_by(outbox.c.position.desc()).limit(1))
    return ScheduleUpdated.model_validate(event)


async def test_the_schedule_one_starts_with(ann: Person) -> None:
    schedule = (await ann.get("config/schedule")).json()
    assert len(schedule.pop("next_runs")) == 3
    assert schedule == {
        "enabled": True,
        "local_time": "06:00",
        "timezone": "UTC",
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    }


async def test_a_changed_schedule_is_saved_and_announced(ann: Person, gateway: Gateway) -> None:
    change = {"local_time": "07:30", "timezone": "Europe/Paris", "days": ["mon"], "enabled": True}
    saved = await ann.put("config/schedule", change)
    assert saved.status_code == 200
    assert saved.json() == (await ann.get("config/schedule")).json()
    assert change.items() <= saved.json().items()
    event = await latest_announcement(gateway)
    assert event.user_id == ann.id
    assert event.schedule == Schedule.model_validate(change)

    partly = (await ann.put("config/schedule", {"enabled": False})).json()
    assert partly == change | {"enabled": False, "next_runs": []}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"local_time": "25:00"}, "local_time"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),  # the server's, whichever that is
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"days": []}, "days"),
        ({"days": ["someday"]}, "days.0"),
    ],
)
async def test_what_a_schedule_refuses(ann: Person, change: dict[str, Any], field: str) -> None:
    refused = await ann.put("config/schedule", change)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


async def test_preferences(ann: Person, gateway: Gateway, announced: None) -> None:
    defaults = Preferences().model_dump(mode="json") | {
        "require_settled_claims": True,
        "notifications": {"in_app": True, "email": False},
    }
    assert (await ann.get("config/preferences")).json() == defaults | {"platforms": []}
    change = {"topics": ["robots"], "voice": {"description": "dry", "samples": []}, "platforms": ["mastodon"]}
    assert (await ann.put("config/preferences", change)).json() == defaults | change
    assert (await ann.put("config/preferences", {"idea_count": 3})).json() == defaults | change | {
        "idea_count": 3
    }
    event = await latest_announcement(gateway)
    assert (event.platforms, event.preferences.topics, event.preferences.idea_count) == (
        ("mastodon",),
        ("robots",),
        3,
    )
    assert (await ann.put("config/preferences", {"platforms": ["myspace"]})).status_code == 422


async def test_what_a_change_leaves_out_stays_at_any_depth(ann: Person, gateway: Gateway) -> None:
    voice = {"description": "dry", "samples": ["As if."]}
    await ann.put("config/preferences", {"voice": voice, "notifications": {"in_app": False}})
    saved = await ann.put(
        "config/preferences",
        {"voice": {"description": "warm"}, "notifications": {"email": True}, "require_settled_claims": False},
    )
    assert saved.json()["voice"] == {"description": "warm", "samples": ["As if."]}
    assert saved.json()["notifications"] == {"in_app": False, "email": True}
    assert saved.json()["require_settled_claims"] is False
    told = (await latest_announcement(gateway)).model_dump()
    assert told["preferences"].keys() == Preferences.model_fields.keys()


async def test_whoever_saved_nothing_has_the_defaults(ann: Person, gateway: Gateway) -> None:
    async with gateway.system.begin() as connection:
        await connection.execute(delete(configurations))
    assert (await ann.get("config/schedule")).json()["local_time"] == "06:00"
    assert (await ann.put("config/schedule", {"local_time": "07:00"})).json()["local_time"] == "07:00"
    assert (await ann.get("config/schedule")).json()["local_time"] == "07:00"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("local_time", "after", "runs"),
    [
        # Clocks go forward on 29 March 2026 at 02:00: 02:30 is skipped, and taken as 03:30.
        ("02:30", "2026-03-28T12:00+01:00", ["2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"]),
        # They go back on 25 October 2026 at 03:00: of two 02:30 the first counts.
        ("02:30", "2026-10-24T12:00+02:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("02:30", "2026-10-25T02:30+02:00", ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"]),
        ("06:00", "2026-11-23T05:59+01:00", ["2026-11-23T06:00+01:00", "2026-11-24T06:00+01:00"]),
    ],
)
def test_next_runs(local_time: str, after: str, runs: list[str]) -> None:
    schedule = Schedule(local_time=time.fromisoformat(local_time), timezone="Europe/Paris")
    assert next_runs(schedule, moment(after), count=2) == [moment(run) for run in runs]


def test_next_runs_on_chosen_days() -> None:
    schedule = Schedule.model_validate({"days": ["mon", "thu"]})
    runs = next_runs(schedule, moment("2026-11-23T12:00+00:00"))
    assert [run.strftime("%a %d") for run in runs] == ["Thu 26", "Mon 30", "Thu 03"]
