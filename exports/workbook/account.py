"""The loss account: how complete the data was, in sentences, by day of arrival, and by fleet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exports.rounding import RATE_DIGITS, rounded
from exports.statement import StatedDay, StatedFleet
from exports.within import STATION
from exports.workbook import look as looks
from exports.workbook.counting import share
from exports.workbook.groups import VEHICLE
from exports.workbook.sheets import HEAD_ROWS, Binder
from exports.workbook.tables import Column, Holds, Value, write_table

WHOLE = Decimal(100)
ENOUGH = 0.9
"""Fleets heard less than this stand out."""

DAY_COLUMNS = (
    Column(name="day", width=26, holds=Holds.DAY),
    Column(name="received", width=13, holds=Holds.COUNT, sums=True),
    Column(name="stored", width=13, holds=Holds.COUNT, sums=True),
    Column(name="duplicate", width=13, holds=Holds.COUNT, sums=True),
    Column(name="rejected", width=13, holds=Holds.COUNT, sums=True),
    Column(name="rejected_share", width=13, holds=Holds.RATE),
    Column(name="ties", width=13),
    Column(name="of_stored_late", width=13, holds=Holds.COUNT, sums=True),
    Column(name="redelivered", width=13, holds=Holds.COUNT, sums=True),
    Column(name="bad_fields", width=13, holds=Holds.COUNT, sums=True),
    Column(name="devices_heard", width=13, holds=Holds.COUNT),
)
TIES_AT = 6


def fleet_columns(kind: str) -> tuple[Column, ...]:
    """The columns of the fleets of a kind; as many as those of the days."""
    return (
        Column(name="company" if kind == VEHICLE else "district", width=26),
        Column(name="devices", width=13, holds=Holds.COUNT, sums=True),
        Column(name="heard", width=13, holds=Holds.COUNT, sums=True),
        Column(name="device_days", width=13, holds=Holds.COUNT, sums=True),
        Column(name="days_heard", width=13, holds=Holds.COUNT, sums=True),
        Column(name="online", width=13, holds=Holds.RATE),
        Column(name="received", width=13, holds=Holds.COUNT, sums=True),
        Column(name="rejected", width=13, holds=Holds.COUNT, sums=True),
        Column(name="rejected_share", width=13, holds=Holds.RATE),
        Column(name="bad_fields", width=13, holds=Holds.COUNT, sums=True),
        Column(name=f"faulty_{kind}", width=13, holds=Holds.COUNT, sums=True),
    )


ONLINE_AT = 5


def account_sheet(binder: Binder) -> None:
    """Write the sheet."""
    sheet = binder.sheet("account", columns=len(DAY_COLUMNS))
    for at, column in enumerate(DAY_COLUMNS):
        sheet.set_column(at, at, column.width)
    row = HEAD_ROWS
    for sentence in sentences(binder):
        sheet.merge_range(row, 0, row, len(DAY_COLUMNS) - 1, sentence, binder.look.format(text_wrap=True))
        sheet.set_row(row, 18)
        row += 1
    row += 1
    if binder.statement.account:
        row = _section(binder, sheet, "per_day_account", row)
        row = _days(binder, sheet, row) + 2
    for kind in (VEHICLE, STATION):
        fleets = [one for one in binder.statement.fleets if one.kind == kind]
        if fleets:
            row = _section(binder, sheet, f"fleets_{kind}", row)
            row = _fleets(binder, sheet, kind, fleets, row) + 2


def sentences(binder: Binder) -> list[str]:
    """How complete the data was, said plainly."""
    found = [] if binder.districts is not None else [_account_said(binder)]
    for kind, name in ((VEHICLE, "vehicles_said"), (STATION, "stations_said")):
        fleets = [one for one in binder.statement.fleets if one.kind == kind]
        days, heard = sum(one.days for one in fleets), sum(one.days_heard for one in fleets)
        devices, ever = sum(one.devices for one in fleets), sum(one.heard for one in fleets)
        if days:
            found.append(
                binder.said(
                    name,
                    share=percent(heard, days, RATE_DIGITS),
                    heard=heard,
                    days=days,
                    devices=devices,
                    silent=devices - ever,
                )
            )
    not_yours = [] if binder.districts is None else [binder.said("account_not_yours")]
    return [*found, *not_yours, binder.said("silence_said")]


def _account_said(binder: Binder) -> str:
    whole = totals(binder.statement.account)
    if not whole["received"]:
        return binder.said("account_nothing")
    shares = {name: percent(whole[name], whole["received"]) for name in ("stored", "duplicate", "rejected")}
    return binder.said("account_said", received=whole["received"], **shares)


def totals(account: Sequence[StatedDay]) -> dict[str, int]:
    """The sums of all days."""
    names = ("received", "stored", "duplicate", "rejected", "late", "redelivered", "bad_fields")
    return {name: sum(getattr(one, name) for one in account) for name in names}


def percent(n: int, of: int, digits: int = 1) -> str:
    """A share in hundredths to so many decimals, never rounded up to the whole or down to nothing."""
    part, least = n / of if of else 0.0, Decimal(1).scaleb(-digits)
    shown = Decimal(rounded(100 * part, digits))
    if shown == WHOLE and n < of:
        return f"{WHOLE - least}%"
    return f"< {least}%" if shown == 0 and n else f"{shown}%"


def _section(binder: Binder, sheet: Any, name: str, row: int) -> int:
    sheet.write_string(row, 0, binder.said(name), binder.look.section)
    sheet.set_row(row, 22)
    return row + 1


def _days(binder: Binder, sheet: Any, at_row: int) -> int:
    account = binder.statement.account
    rows: list[list[Value]] = [
        [
            one.day, one.received, one.stored, one.duplicate, one.rejected,
            share(one.rejected, one.received), None, one.late, one.redelivered, one.bad_fields, one.devices,
        ]
        for one in account
    ]  # fmt: skip
    whole = totals(account)
    total: list[Value] = [
        binder.said("total"), whole["received"], whole["stored"], whole["duplicate"], whole["rejected"],
        share(whole["rejected"], whole["received"]), None, whole["late"], whole["redelivered"], whole["bad_fields"], None,
    ]  # fmt: skip
    extent = write_table(binder, sheet, DAY_COLUMNS, rows, at_row=at_row, total=total)
    for row, one in enumerate(account, extent.first):
        _ties(binder, sheet, row, holds=one.received == one.stored + one.duplicate + one.rejected)
    assert extent.total is not None
    return extent.total


def _ties(binder: Binder, sheet: Any, row: int, *, holds: bool) -> None:
    said = {True: binder.said("ties_holds"), False: binder.said("ties_not")}
    formula = f'=IF(B{row + 1}=C{row + 1}+D{row + 1}+E{row + 1},"{said[True]}","{said[False]}")'
    sheet.write_formula(row, TIES_AT, formula, binder.look.cell(font_color=looks.FINE, indent=1), said[holds])


def _fleets(binder: Binder, sheet: Any, kind: str, fleets: Sequence[StatedFleet], at_row: int) -> int:
    """Those that were heard least first."""
    ordered = sorted(fleets, key=lambda one: (share(one.days_heard, one.days) or 0.0, one.name, one.id or ""))
    none = binder.said("of_no_company" if kind == VEHICLE else "of_no_district")
    rows = [_fleet(one, one.name or one.id or none) for one in ordered]
    whole = StatedFleet(
        kind=kind,
        id=None,
        name="",
        **{name: sum(getattr(one, name) for one in fleets) for name in StatedFleet.__struct_fields__[3:]},
    )
    total = _fleet(whole, binder.said("total"))
    extent = write_table(binder, sheet, fleet_columns(kind), rows, at_row=at_row, total=total)
    low = binder.look.format(bg_color=looks.WARN, font_color=looks.ON_WARN)
    under: dict[str, object] = {"type": "cell", "criteria": "<", "value": ENOUGH, "format": low}
    sheet.conditional_format(extent.first, ONLINE_AT, extent.last, ONLINE_AT, under)
    assert extent.total is not None
    return extent.total


def _fleet(one: StatedFleet, label: str) -> list[Value]:
    return [
        label, one.devices, one.heard, one.days, one.days_heard, share(one.days_heard, one.days), one.received,
        one.rejected, share(one.rejected, one.received), one.bad_fields, one.faulty,
    ]  # fmt: skip
