"""The shapes of scores: standings, ledgers, schemes, appeals and lists, as the API answers them."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Instant, Severity, Shape

AboutWord = Literal["company", "vehicle"]
ListWord = Literal["watch", "blacklist"]
FollowsWord = Literal["none", "watch", "blacklist"]
GradeWord = Literal["excellent", "good", "watch", "poor"]
StateWord = Literal["open", "upheld", "partly", "refused"]
Day = Field(examples=["2026-07-01"])


class NamedView(Shape):
    """What something is called in both languages."""

    zh: str
    en: str


class CycleView(Shape):
    """Whole local days, both included."""

    first: str = Day
    last: str = Day
    is_cut: bool = Field(description="A scheme with other cycles ends or begins it")
    is_running: bool


class PartView(Shape):
    """The days of a cycle that one scheme judges."""

    version: int
    name: NamedView
    first: str = Day
    last: str = Day


class FiredView(Shape):
    """A special rule that holds."""

    name: NamedView
    count: int
    since: str = Day
    follows: FollowsWord


class StandingView(Shape):
    """Where a company or a vehicle stands in a cycle."""

    about: AboutWord
    id: str
    name: str = Field(description="Of a vehicle its plate")
    plate_color: str | None
    company: str = Field(description="Of a vehicle, by the registry in force")
    points: int = Field(description="Demerit points: the sum of its ledger")
    score: int | None = Field(description="What is left of the full score; null where the scheme has none")
    back: int = Field(description="Points given back by appeals")
    violations: int = Field(description="Those that no appeal struck off")
    week_points: int = Field(description="What the last seven days of the cycle changed")
    grade: GradeWord
    band: NamedView | None = Field(description="The band's own name; null for the grade's usual one")
    follows: FollowsWord
    fired: list[FiredView]
    listed: ListWord | None = Field(
        description="The list it stands on today, of the whole city; null for none"
    )


class ScoresView(Shape):
    """The standings of a cycle. Points are of the districts that one may see."""

    at: str = Instant
    today: str = Day
    cycle: CycleView | None = Field(description="Null where no scheme is in force on that day")
    cycles: list[CycleView] = Field(description="The running one and those before it, newest first")
    parts: list[PartView]
    counting: Literal["up", "down"] | None
    full_company: int | None
    full_vehicle: int | None
    whole_city: bool = Field(description="False: points are of violations in one's own districts alone")
    companies: list[StandingView]
    grades: dict[str, dict[str, int]] = Field(
        description="How many companies, and vehicles with a violation, by grade"
    )


class VehicleScores(Shape):
    """One page of vehicles with a violation in the cycle, most points first."""

    total: int
    items: list[StandingView]
    next: int | None = Field(description="Pass as `offset` for the next page; null on the last one")


class LineView(Shape):
    """One violation in a ledger, with the points of whoever the ledger is of."""

    alert_id: str
    at: str = Instant
    rule: str
    severity: Severity
    vehicle_id: str
    plate: str
    scheme_version: int
    entry: int = Field(description="What the table of that version says")
    charged: int = Field(description="Of that, within the most of its day")
    back: int
    points: int = Field(description="Charged less given back")
    appeal_id: int | None
    appeal_state: StateWord | None


class LedgerView(Shape):
    """The ledger of a company or vehicle in a cycle, newest first. Points are of the districts that one may see."""

    cycle: CycleView
    whole_city: bool
    standing: StandingView
    total: int
    items: list[LineView]
    next: int | None = Field(description="Pass as `offset` for the next page; null on the last one")


class SchemeView(Shape):
    """A scheme as it was entered."""

    version: int
    effective_from: str = Day
    author: str
    note: str
    at: str = Instant
    is_in_force: bool
    document: dict[str, Any]


class SchemesView(Shape):
    """All schemes, newest first, and the kinds of rules that a table may price."""

    items: list[SchemeView]
    kinds: list[str]


class ExampleView(Shape):
    """A ready-made scheme."""

    id: str
    document: dict[str, Any]


class BandView(Shape):
    """Points and where they lie."""

    points: int
    grade: GradeWord
    band: NamedView | None
    follows: FollowsWord


class ChangedStanding(Shape):
    """A company by the scheme in force, and by another; `before` is null where none is in force."""

    id: str
    name: str
    before: BandView | None
    after: BandView


class SchemeCheck(Shape):
    """What is wrong with a scheme, by JSON path; else what today's cycle would be if it had held all along."""

    problems: list[dict[str, str]]
    cycle: CycleView | None
    companies: list[ChangedStanding]
    vehicles: dict[str, dict[str, int]] = Field(description="Vehicles by grade, `before` and `after`")


class DecisionView(Shape):
    """One decision on an appeal."""

    at: str = Instant
    user_name: str
    state: StateWord
    company_points: int | None
    vehicle_points: int | None
    reason: str


class AppealView(Shape):
    """An appeal against the points of an alert; the alert itself stays as it is."""

    id: int
    alert_id: str
    rule: str
    severity: Severity
    detected_at: str = Instant
    company_id: str | None
    company: str
    vehicle_id: str
    plate: str
    filed_at: str = Instant
    filed_by: str
    file_number: str
    reason: str
    state: StateWord
    company_cost: int | None = Field(
        description="Demerit points that the alert cost; null where it costs none, as when it was withdrawn since"
    )
    vehicle_cost: int | None
    company_points: int | None = Field(description="Given back where partly upheld")
    vehicle_points: int | None
    decided_at: str | None
    decided_by: str | None
    decision: str | None


class AppealDetail(AppealView):
    """An appeal with all that was ever decided on it."""

    log: list[DecisionView]


class AppealPage(Shape):
    """One page of appeals, newest first."""

    items: list[AppealView]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")


class ListedView(Shape):
    """Somebody on a list today: by points or a special rule, or by hand."""

    about: AboutWord
    id: str
    name: str
    plate_color: str | None
    list: ListWord
    by: Literal["points", "hand"]
    why: NamedView | None = Field(description="The special rule that put it there; null for the band")
    listing_id: int | None = Field(description="Of one that was entered by hand")
    reason: str
    until: str | None
    entered_by: str | None
    entered_at: str | None


class ListsView(Shape):
    """The watch list and the blacklist today, of the whole city, as far as one may see who is on them."""

    at: str = Instant
    items: list[ListedView]
