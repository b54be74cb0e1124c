"""The rates of a bulletin, each with what it means in words: how well devices were heard, and cases answered."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exports.counted import Rate
from exports.figures import CaseFigures, Share
from exports.statement import StatedFleet

MEANS: Mapping[str, tuple[str, str]] = {
    "online_vehicles": (
        "Vehicle-days on which something of a vehicle was received, of all days of all registered vehicles.",
        "收到过车辆任一数据的车日数，占全部登记车辆总车日数的比例。",
    ),
    "online_stations": (
        "Station-days on which something of a dust monitor was received, of all days of all registered ones.",
        "收到过监测点任一数据的点日数，占全部登记监测点总点日数的比例。",
    ),
    "qualified_vehicles": (
        "Reports of vehicles that were not refused and had no field that could not be believed, of those received; a report with two such fields counts twice, so the rate is never too high.",
        "车辆数据中未被拒收且无不可信字段的条数，占收到条数的比例；一条含两个不可信字段按两条扣减，故不会偏高。",
    ),
    "qualified_stations": (
        "The same of the reports of dust monitors.",
        "监测点数据按同样办法计算。",
    ),
    "drift": (
        "Vehicles with a position fault in the period (jumps, or a frozen place while driving), of those heard.",
        "期内出现定位异常（跳点，或行驶中定位不变）的车辆数，占有数据车辆数的比例。",
    ),
    "station_faults": (
        "Dust monitors with a monitor fault in the period, of those heard.",
        "期内出现监测仪故障的监测点数，占有数据监测点数的比例。",
    ),
    "answered_in_time": (
        "Cases opened in the period that were checked on site within 24 h (or a longer limit set for them), of those that were checked or whose limit had passed when this was stated; those dismissed unchecked are left out.",
        "期内立案的案件中，24 小时内（或另定的期限内）完成现场核查的件数，占已核查和已到期件数的比例；未经核查即排除的不计。",
    ),
    "closed_in_time": (
        "Cases opened in the period that were closed within their limit, of those with a limit that were closed or over it when this was stated.",
        "期内立案且有销号期限的案件中，按期销号的件数，占已销号和已超期件数的比例。",
    ),
}


class Basis(Struct, frozen=True, kw_only=True):
    """What the rates of one period are made of."""

    fleets: Sequence[StatedFleet]
    cases: CaseFigures


def rates(now: Basis, before: Basis | None) -> tuple[Rate, ...]:
    """All rates in the order they are told in."""
    earlier = {} if before is None else _shares(before)
    return tuple(
        Rate(
            name=name,
            n=share.n,
            of=share.of,
            means=dict(zip(("en", "zh"), MEANS[name], strict=True)),
            before=earlier.get(name),
        )
        for name, share in _shares(now).items()
    )


def _shares(basis: Basis) -> dict[str, Share]:
    vehicles = [one for one in basis.fleets if one.kind == "vehicle"]
    stations = [one for one in basis.fleets if one.kind == "station"]
    return {
        "online_vehicles": online(vehicles),
        "online_stations": online(stations),
        "qualified_vehicles": _qualified(vehicles),
        "qualified_stations": _qualified(stations),
        "drift": _faulty(vehicles),
        "station_faults": _faulty(stations),
        "answered_in_time": basis.cases.answered_in_time,
        "closed_in_time": basis.cases.closed_in_time,
    }


def online(fleets: Sequence[StatedFleet]) -> Share:
    """Device-days heard, of all device-days."""
    return Share(n=sum(one.days_heard for one in fleets), of=sum(one.days for one in fleets))


def _qualified(fleets: Sequence[StatedFleet]) -> Share:
    received = sum(one.received for one in fleets)
    flawed = sum(one.rejected + one.bad_fields for one in fleets)
    return Share(n=max(0, received - flawed), of=received)


def _faulty(fleets: Sequence[StatedFleet]) -> Share:
    # Whose faults are known was heard, though it may have been after the period's last day.
    return Share(n=sum(one.faulty for one in fleets), of=sum(max(one.heard, one.faulty) for one in fleets))
