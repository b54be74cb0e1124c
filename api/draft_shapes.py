"""The shapes of drafts: what a client sends to edit the registry, and what it is told."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas import FieldChange, Instant, SectionDifference, Shape

LAST = 2**31 - 1
MOST_EDITS = 5_000

# A NUL is no text to the database.
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
EntryText = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Kind = Literal[
    "districts",
    "companies",
    "vehicles",
    "stations",
    "devices",
    "device_models",
    "zones",
    "routes",
    "permits",
    "collection_runs",
    "work_plans",
    "limits",
    "rules",
    "settings",
]
Act = Literal["added", "removed", "changed"]


class Given(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewDraft(Given):
    """A draft to be, on the newest version."""

    note: Text = ""


class GivenEntry(Given):
    """What one entry is to be; null removes it."""

    revision: int | None = Field(None, ge=1, le=LAST, description="The revision that was seen; else any")
    entry: dict[str, Any] | None


class GivenEdit(Given):
    """One of several edits."""

    kind: Kind
    id: EntryText
    entry: dict[str, Any] | None


class GivenEdits(Given):
    """Several edits, taken all together or not at all."""

    revision: int | None = Field(None, ge=1, le=LAST, description="The revision that was seen; else any")
    edits: list[GivenEdit] = Field(max_length=MOST_EDITS)


class ToForce(Given):
    """What a draft is put in force with."""

    base_version: int = Field(ge=0, le=LAST, description="The newest version that the author has seen")
    revision: int | None = Field(None, ge=1, le=LAST, description="The revision that was seen; else any")
    note: Text = ""
    effective_from: str | None = Field(
        None, max_length=40, description="An instant to come; else as soon as ingest has it, within 2 s"
    )


class ToRebase(Given):
    """Whose entry is to stand where both sides changed one, by `kind/id`."""

    keep: dict[str, Literal["mine", "theirs"]] = Field(default={}, max_length=MOST_EDITS)


class ToGoBack(Given):
    """What a former version is put in force again with."""

    newest_version: int = Field(ge=1, le=LAST, description="The newest version that was seen")
    note: Text = ""


class DraftEdit(Shape):
    """One edit: what the entry is to be, or null where it is to be gone."""

    kind: Kind
    id: str
    entry: dict[str, Any] | None
    act: Act
    label: str = Field(description="The entry's name or plate")
    author: str
    at: str = Instant


class DraftProblem(Shape):
    """What keeps the draft from being put in force, and in which entry it lies where it lies in one."""

    path: str = Field(examples=["$.permits[3].vehicle_ids[0]"])
    kind: str | None
    id: str | None
    code: str = Field(examples=["unknown"])
    message: str = Field(description="In English")
    message_zh: str = Field(description="In Chinese")


class DraftConflict(Shape):
    """An entry that the draft and the versions since its base changed differently."""

    kind: Kind
    id: str
    theirs: Act
    mine: Act


class DraftDifference(Shape):
    """What the draft changes, as `/rulesets/{number}/difference` tells it; `to` is the number it would get now."""

    from_: int = Field(alias="from")
    to: int
    fields: list[FieldChange]
    sections: list[SectionDifference]


class Draft(Shape):
    """A draft, worked out on its base. `difference` is null while there are problems."""

    id: int
    state: Literal["open", "in_force", "discarded"]
    base_version: int = Field(description="0 before there is any version")
    newest_version: int
    version: int | None = Field(description="What it was put in force as")
    author: str
    note: str
    revision: int
    created_at: str = Instant
    updated_at: str = Instant
    edits: list[DraftEdit]
    difference: DraftDifference | None
    problems: list[DraftProblem]
    conflicts: list[DraftConflict]


class DraftHead(Shape):
    """An open draft without its edits."""

    id: int
    base_version: int
    author: str
    note: str
    revision: int
    created_at: str = Instant
    updated_at: str = Instant
    edit_count: int


class DraftList(Shape):
    """The open drafts, the one touched last first, and the version that a new one would begin on."""

    items: list[DraftHead]
    newest_version: int
