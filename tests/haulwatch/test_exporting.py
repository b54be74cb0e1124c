"""`haulwatch export`: a week that is over gives the same file again, what changed since is added, errors are one line."""

import asyncio
import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of
from haulwatch.account import account
from haulwatch.exporting import check_out, wanted_format, wanted_period
from haulwatch.problem import CommandError
from runtime.clock import now_ms
from storage.people import People
from storage.store import Store
from tests.api import district
from tests.haulwatch.test_commands import haulwatch

SHANGHAI = ZoneInfo("Asia/Shanghai")


def this_week() -> Period:
    return period_of(PeriodKind.WEEK, local_day(now_ms(), SHANGHAI))


def raise_in(database: str, week: Period, *numbers: int, loaded: bool = True) -> None:
    """Alerts of a week in the first registry's district."""

    async def run() -> None:
        store = await Store.connect(database)
        try:
            if loaded:
                await district.save_registry(store)
            at_ms = week.from_ms(SHANGHAI) + DAY_MS
            found = [district.finding(n, at_ms + n * MINUTE_MS, vehicle=n % 3) for n in numbers]
            await store.commit(district.raised(*found))
        finally:
            await store.close()

    asyncio.run(run())


def audit(database: str) -> list[tuple[str | None, str, str]]:
    async def run() -> list[tuple[str | None, str, str]]:
        store = await Store.connect(database)
        try:
            return [(row.user_id, row.act, row.subject) for row in await People(store).audit()]
        finally:
            await store.close()

    return asyncio.run(run())


def exported(database: str, out: Path, *arguments: str) -> tuple[bytes, str]:
    done = haulwatch(
        "export", "weekly", "--out", str(out), *arguments, environ={"HAULWATCH_DATABASE_URL": database}
    )
    assert done.returncode == 0, done.stderr
    return out.read_bytes(), done.stdout + done.stderr


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_last_week_exported_again_is_the_same_and_late_data_is_an_amendment(database, tmp_path):
    week = this_week().before
    raise_in(database, week, 0, 1, 2)
    first, said = exported(database, tmp_path / "a.csv", "--lang", "en")
    assert f"{week.name}, 3 violations of 3 alerts" in said
    again, _ = exported(database, tmp_path / "b.csv", "--lang", "en", "--week", week.name)
    assert again == first
    raise_in(database, week, 5, loaded=False)
    after, said = exported(database, tmp_path / "c.csv", "--lang", "en")
    assert "amendment 1 of " in said
    assert [row["Amended"] for row in lines(after)] == ["", "", "", "Added"]
    assert after.startswith(first)
    assert audit(database).count((account(), "issue_statement", f"statement:{week.name}")) == 2


def test_of_a_running_week_the_file_is_provisional_and_nothing_is_kept(database, tmp_path):
    raise_in(database, this_week(), 0)
    content, said = exported(database, tmp_path / "now.csv", "--week", this_week().name)
    assert {row["行类型"] for row in lines(content)} == {"暂定"}
    assert "the file is provisional and marked so" in said
    assert audit(database) == []


def test_of_a_week_to_come_there_is_no_file(database, tmp_path):
    raise_in(database, this_week(), 0)
    done = haulwatch(
        "export", "weekly", "--week", "2099-W10", "--out", str(tmp_path / "x.csv"),
        environ={"HAULWATCH_DATABASE_URL": database},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "haulwatch: 2099-W10 has not begun yet\n")
    assert not (tmp_path / "x.csv").exists()


def test_a_district_that_is_not_there_is_one_line_with_those_that_are(database, tmp_path):
    raise_in(database, this_week().before, 0)
    done = haulwatch(
        "export", "weekly", "--district", "D9", "--out", str(tmp_path / "x.csv"),
        environ={"HAULWATCH_DATABASE_URL": database},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "haulwatch: there is no district 'D9'; there are: D1 (锦江区)\n"


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("2025-W53", PeriodKind.WEEK, "no week such as"),
        ("46", PeriodKind.WEEK, "no week such as"),
        ("2026-10", PeriodKind.WEEK, "haulwatch export monthly --month 2026-10"),
        ("2026-W46", PeriodKind.MONTH, "haulwatch export weekly --week 2026-W46"),
    ],
)
def test_a_wrong_period_is_refused(name, kind, said):
    with pytest.raises(CommandError, match=said):
        wanted_period(name, kind)


@pytest.mark.parametrize(
    ("given", "out", "found"),
    [
        (None, None, "xlsx"), (None, "week.csv", "csv"), (None, "week.GeoJSON", "geojson"), ("csv", None, "csv"),
        ("csv", "week.txt", "csv"), (None, "week", "xlsx"),
    ],
)  # fmt: skip
def test_the_format_is_the_one_asked_for_or_the_file_names(given, out, found):
    assert wanted_format(given, None if out is None else Path(out)) == found


@pytest.mark.parametrize(("given", "out"), [("pdf", None), (None, "week.pdf"), ("csv", "week.xlsx")])
def test_a_format_that_is_none_or_another_than_the_file_names_is_refused(given, out):
    with pytest.raises(CommandError):
        wanted_format(given, None if out is None else Path(out))


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    check_out(tmp_path / "week.csv")
    for out in (tmp_path, tmp_path / "nowhere" / "week.csv"):
        with pytest.raises(CommandError, match="folder"):
            check_out(out)
