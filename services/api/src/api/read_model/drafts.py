from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, and_, case, func, select, union_all

from api.lifecycle import State
from api.paging import PageParams
from api.problems import Invalid
from api.store import archived_drafts, drafts, generations, ideas
from polycast.contracts import CheckResult, ClaimKind, ErrorInfo, Likeness, Moderation, Provenance


class CoreIdea(BaseModel):
    """The idea behind a draft. Only the id is known until the idea's own event has been read."""

    id: UUID
    title: str | None
    description: str | None
    topic_category: str | None
    context: str | None
    """What the person told for the workflow that it comes from."""
    closest: Likeness | None
    """The earlier idea that it is most like; None if there was none."""

    @property
    def given(self) -> str:
        """What a draft didn't invent: claims that stand in it need nobody's word."""
        return "\n\n".join(filter(None, (self.title, self.description, self.context)))


class DraftClaim(BaseModel):
    """Something in the text that is true or false, and whether the person answers for it."""

    key: str
    """Names it for `PATCH /content/{content_id}/claims`; the same when the text around it changes."""
    kind: ClaimKind
    text: str
    start: int
    """Offset in `content_text` in Unicode code points."""
    end: int
    given: bool
    """It stands in the idea or in what the person told for the workflow."""
    settled: bool
    """It is given, or the person ticked it."""


class Override(BaseModel):
    """The person moved the draft to ready although it breaks rules or makes claims that nobody verified."""

    rules: list[str]
    claims: list[str] = []
    """The keys of the unsettled ones."""
    at: datetime


class Draft(BaseModel):
    id: UUID
    core_idea: CoreIdea
    workflow_id: UUID | None
    platform: str
    content_text: str | None
    """What is shown: the person's edit, else the generation they chose, else the original. None if failed."""
    metadata: dict[str, Any] | None
    """Belongs to `content_text`. None if failed, or if edited while the platform's service was away."""
    state: State
    original_version: str | None
    """The text of generation 1, for ever."""
    edited_version: str | None
    generation: int
    checks: CheckResult | None
    """None if the platform's service was away when the text was saved: it isn't known yet."""
    claims: list[DraftClaim]
    """In the order of the text, as `checks` found them."""
    moderation: Moderation | None
    """Of the AI's chosen text: a person's own words are nobody's business."""
    override: Override | None
    provenance: Provenance | None
    error: ErrorInfo | None
    """Why there is no text, if there is none."""
    created_at: datetime
    updated_at: datetime


class DraftList(BaseModel):
    content: list[Draft]
    total: int
    next: str | None


class SparseDraftList(BaseModel):
    """What `fields` asked for."""

    content: list[dict[str, Any]]
    total: int
    next: str | None


#: By what drafts are sorted: `-` is descending.
Sort = Literal["-created_at", "created_at", "-updated_at", "updated_at"]


class DraftFilter(PageParams):
    state: State | None = None
    platform: str | None = Field(None, max_length=32)
    topic: str | None = Field(None, max_length=100)
    workflow_id: UUID | None = None
    idea_id: UUID | None = None
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = Field(
        None, description='Words in the text or its idea; "in quotes" a phrase, -not a word.'
    )
    sort: Sort = "-created_at"
    fields: str | None = Field(
        None, max_length=300, description="Only these, with commas between; the id always comes."
    )
    deleted: bool = Field(False, description="What was deleted and can still be restored, instead.")

    @property
    def chosen_fields(self) -> set[str] | None:
        """
        Raises:
            Invalid: a draft has no such field.
        """
        if self.fields is None:
            return None
        names = {name.strip() for name in self.fields.split(",")}
        if unknown := sorted(names - Draft.model_fields.keys()):
            there_are = ", ".join(Draft.model_fields)
            raise Invalid(*(("fields", f"{name!r} is unknown; there are: {there_are}") for name in unknown))
        return names | {"id"}


#: Every draft, whether people still work on it or not. A statement sees each once.
every_draft = union_all(select(drafts), select(archived_drafts)).subquery("every_draft")


def updated_at(source: FromClause = drafts) -> ColumnElement[datetime]:
    return func.coalesce(source.c.changed_at, source.c.created_at).label("updated_at")


def drafts_of(user_id: UUID, *, deleted: bool = False, source: FromClause = drafts) -> Select[Any]:
    """A person's drafts, as `draft` reads them."""
    return all_drafts(source).where(*belongs(source, user_id, deleted=deleted))


def belongs(source: FromClause, user_id: UUID, *, deleted: bool = False) -> list[ColumnElement[bool]]:
    is_wanted = source.c.deleted_at.is_not(None) if deleted else source.c.deleted_at.is_(None)
    return [source.c.user_id == user_id, is_wanted]


def all_drafts(source: FromClause = drafts) -> Select[Any]:
    """Everybody's, deleted or not."""
    is_chosen = generations.c.content_text.is_not(None)
    generated = [
        case((is_chosen, generations.c[name]), else_=source.c[name]).label(f"generated_{name}")
        for name in ("content_text", "metadata", "checks", "moderation", "provenance")
    ]
    as_they_are = (
        "id", "user_id", "idea_id", "workflow_id", "platform", "state", "edited_text", "edited_metadata",
        "edited_checks", "edited_revision", "chosen_generation", "override", "settled_claims", "error",
        "created_at",
    )  # fmt: skip
    columns = select(
        *(source.c[name] for name in as_they_are),
        source.c.content_text.label("original_text"),
        updated_at(source),
        *generated,
        *(ideas.c[name] for name in ("title", "description", "topic_category", "context", "closest")),
    )
    chosen = and_(
        generations.c.content_id == source.c.id,
        generations.c.generation == source.c.chosen_generation,
        source.c.chosen_generation > 1,
    )
    shown = source.outerjoin(ideas, ideas.c.id == source.c.idea_id).outerjoin(generations, chosen)
    return columns.select_from(shown)


def draft(row: RowMapping) -> Draft:
    source = "generated" if row["edited_text"] is None else "edited"
    checks = CheckResult.model_validate(row[f"{source}_checks"]) if row[f"{source}_checks"] else None
    return Draft(
        id=row["id"],
        core_idea=CoreIdea(
            id=row["idea_id"],
            title=row["title"],
            description=row["description"],
            topic_category=row["topic_category"],
            context=row["context"],
            closest=row["closest"],
        ),
        workflow_id=row["workflow_id"],
        platform=row["platform"],
        content_text=row["edited_text"] or row["generated_content_text"],
        metadata=row[f"{source}_metadata"],
        state=row["state"],
        original_version=row["original_text"],
        edited_version=row["edited_text"],
        generation=row["chosen_generation"],
        checks=checks,
        claims=claims_of(checks, row["settled_claims"]),
        moderation=row["generated_moderation"],
        override=row["override"],
        provenance=row["generated_provenance"],
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def claims_of(checks: CheckResult | None, ticked: Collection[str]) -> list[DraftClaim]:
    """What a text claims, and which of it is settled by what the person ticked so far in any text."""
    return [
        DraftClaim(key=claim.key, settled=claim.given or claim.key in ticked, **claim.model_dump())
        for claim in (checks.claims if checks else ())
    ]
