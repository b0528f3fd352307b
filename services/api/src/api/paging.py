"""Lists: newest first, a page at a time, by a cursor that no insertion shifts."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, RowMapping, Select, func, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from api.problems import Invalid

#: Wide enough for any draft, narrow enough that no time zone leaves what Postgres and Python can express.
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2199, 12, 31))]


class PageParams(BaseModel):
    """What every list takes. Days are the person's own, in the time zone of their schedule."""

    model_config = ConfigDict(populate_by_name=True)

    date: Day | None = Field(None, description="Only this day.")
    from_: Day | None = Field(None, alias="from", description="This day and later.")
    to: Day | None = Field(None, description="This day and earlier.")
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = Field(None, max_length=200, description="From an earlier answer's `next`.")

    @property
    def names_days(self) -> bool:
        return any((self.date, self.from_, self.to))

    def within(self, moment: ColumnElement[dt.datetime], zone: ZoneInfo) -> list[ColumnElement[bool]]:
        """Conditions that keep a moment within the days asked for."""
        first, last = self.date or self.from_, self.date or self.to
        conditions = []
        if first is not None:
            conditions.append(moment >= _midnight(first, zone))
        if last is not None:
            conditions.append(moment < _midnight(last + dt.timedelta(days=1), zone))
        return conditions


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)


@dataclass(frozen=True)
class Page:
    rows: Sequence[RowMapping]
    total: int
    next: str | None
    """The next page's path, or None on the last."""


async def fetch_page(
    connection: AsyncConnection,
    query: Select[Any],
    *,
    moment: ColumnElement[dt.datetime],
    key: ColumnElement[UUID],
    params: PageParams,
    request: Request,
    ascending: bool = False,
    count: Select[int] | None = None,
) -> Page:
    """The page of `query` after the cursor, ordered by `moment` and `key`: newest first, unless `ascending`.

    Both must be selected, under their own names. `count` counts the same rows, if there is a cheaper way.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if count is None:
        count = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = await connection.scalar(count)
    if params.cursor is not None:
        last_moment, last_key = _read_cursor(params.cursor)
        last = tuple_(literal(last_moment, moment.type), literal(last_key, key.type))
        here = tuple_(moment, key)
        query = query.where(here > last if ascending else here < last)
    order = (moment, key) if ascending else (moment.desc(), key.desc())
    page = query.order_by(*order).limit(params.limit + 1)
    rows = (await connection.execute(page)).mappings().all()
    following = None
    if len(rows) > params.limit:
        rows = rows[: params.limit]
        cursor = _write_cursor(rows[-1][moment.key], rows[-1][key.key])
        url = request.url.include_query_params(cursor=cursor)
        following = f"{url.path}?{url.query}"
    return Page(rows, total or 0, following)


def _write_cursor(moment: dt.datetime, key: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(key)]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[dt.datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, key = json.loads(base64.urlsafe_b64decode(padded))
        return dt.datetime.fromisoformat(moment).astimezone(dt.UTC), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise Invalid(("cursor", "is not one that a list answered")) from error
