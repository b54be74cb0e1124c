"""`haulwatch bench export`: a week of many violations, from issuing it to its files, and where the time goes."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

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
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        issued = await statements.issue(period, at_ms, "bench")
        issue_s = time.perf_counter() - began_s
        written, sizes = await _written(statements, period, directory)
        whole_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        stage("writing them again")
        again, sizes_again = await _written(statements, period, directory)
    assert sizes == sizes_again, "made again the files are the same"
    counted = sum(one.counts for one in issued.alerts)
    measured = [
        Measured(
            what="issued, read back and written", value=whole_s, unit="s", bound=BOUND_S, at_least=False
        ),
        Measured(what="of it on a core, the database apart", value=cpu_s, unit="s"),
        Measured(what="issued: read, named, said, kept", value=issue_s, unit="s"),
        *written,
        Measured(what="the same files again", value=sum(one.value for one in again), unit="s"),
    ]
    return measured, {"violations": float(counted), "cases": float(cases), **sizes}


async def _written(
    statements: Statements, period: Period, directory: Path
) -> tuple[list[Measured], dict[str, float]]:
    """Each format made of what is kept, as the command line and the API make it; their sizes in kB."""
    measured, sizes = [], {}
    began_s = time.perf_counter()
    found = await statements.issued(period)
    measured.append(Measured(what="read back", value=time.perf_counter() - began_s, unit="s"))
    for one in FileFormat:
        began_s = time.perf_counter()
        content = period_file(found, one, language="zh", districts=None, link=LINK)
        (directory / file_name(found, one, "zh")).write_bytes(content)
        measured.append(Measured(what=f"{one.value} made", value=time.perf_counter() - began_s, unit="s"))
        sizes[f"{one.value} kB"] = len(content) / 1000
    return measured, sizes
