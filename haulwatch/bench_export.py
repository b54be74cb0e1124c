"""`haulwatch bench export`: a week of many violations, from issuing it to its files, and where the time goes."""

import asyncio
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of
from exports.book_reader import BookReader
from exports.period_file import FileFormat, file_name, period_file
from exports.statements import Statements
from haulwatch import bench_week
from haulwatch.bench_place import empty_database, servers
from haulwatch.bench_report import Measured, Stages, missed, report
from haulwatch.registries import save
from haulwatch.startup import open_store
from runtime.clock import now_ms
from runtime.settings import Settings

ZONE = "Asia/Shanghai"
LINK = "https://haulwatch.example"
BOUND_S = 5.0


def run_bench_export(settings: Settings, *, violations: int, json_file: Path | None) -> None:
    """Issue a week of so many violations and write its files."""
    stage = Stages(4)
    stage("starting the database")
    with servers(settings) as place, empty_database(place) as dsn:
        measured, counts = asyncio.run(_measure(dsn, place.directory, violations, stage))
    report("export", measured, counts, missed(measured), json_file)


async def _measure(
    dsn: str, directory: Path, violations: int, stage: Stages
) -> tuple[list[Measured], dict[str, float]]:
    zone = ZoneInfo(ZONE)
    at_ms = now_ms()
    period = period_of(PeriodKind.WEEK, local_day(at_ms, zone) - timedelta(days=7))
    async with open_store(dsn, ZONE) as store:
        stage(f"storing {violations:,} violations of {period.name}")
        await save(store, bench_week.document(), author="bench", effective_from_ms=0)
        cases = await bench_week.fill(store, period.from_ms(zone), period, violations)
        statements = Statements(store, BookReader(store))
        stage("issuing, and writing the files")
        began_s, began_core_s = time.perf_counter(), time.process_time()
        issued = await statements.issue(period, at_ms, "bench")
        issue_core_s = time.process_time() - began_core_s
        written = await _written(statements, period, directory)
        whole_s, core_s = time.perf_counter() - began_s, time.process_time() - began_core_s
        stage("writing them again")
        began_s = time.perf_counter()
        again = await _written(statements, period, directory)
        again_s = time.perf_counter() - began_s
    assert [one.digest for one in written] == [one.digest for one in again], "made again they are the same"
    measured = [
        Measured(what="issued, read back, written", value=whole_s, unit="s", bound=BOUND_S, at_least=False),
        Measured(what="the same files again", value=again_s, unit="s"),
        Measured(what="of a core, the database apart", value=core_s, unit="s"),
        Measured(what="  issued: read, named, said, kept", value=issue_core_s, unit="s"),
        *(Measured(what=f"  {one.what}", value=one.core_s, unit="s") for one in written),
    ]
    counted = sum(one.counts for one in issued.alerts)
    sizes = {f"{one.what.partition(' ')[0]} kB": one.bytes / 1000 for one in written if one.bytes}
    return measured, {"violations": float(counted), "cases": float(cases), **sizes}


class _Part(Struct, frozen=True, kw_only=True):
    """A step of the way, what it took of a core, and the file that came of it."""

    what: str
    core_s: float
    bytes: int = 0
    digest: str = ""


async def _written(statements: Statements, period: Period, directory: Path) -> list[_Part]:
    """Each format made of what is kept, as the command line and the API make it."""
    began_s = time.process_time()
    found = await statements.issued(period)
    parts = [_Part(what="read back", core_s=time.process_time() - began_s)]
    for one in FileFormat:
        began_s = time.process_time()
        content = period_file(found, one, language="zh", districts=None, link=LINK)
        (directory / file_name(found, one, "zh")).write_bytes(content)
        core_s = time.process_time() - began_s
        digest = sha256(content).hexdigest()
        parts.append(_Part(what=f"{one.value} made", core_s=core_s, bytes=len(content), digest=digest))
    return parts
