"""A statement as those see it who may see some districts only."""

from msgspec.structs import replace

from exports.statement import Statement

STATION = "station"


def within(statement: Statement, districts: frozenset[str] | None) -> Statement:
    """What of a statement lies in these districts; None leaves it whole.

    A vehicle is not of a district, and neither is a day's loss account: of these nothing is left.
    """
    if districts is None:
        return statement
    return replace(
        statement,
        alerts=tuple(one for one in statement.alerts if one.district_id in districts),
        cases=tuple(one for one in statement.cases if one.district_id in districts),
        account=(),
        fleets=tuple(one for one in statement.fleets if one.kind == STATION and one.id in districts),
    )
