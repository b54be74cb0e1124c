"""Four weeks of a small district, lived through, issued and exported; then one truck's day comes weeks late.

What is looked at is told by three ways that share nothing: SQL written here, the API's list, and the files.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
from msgspec import Struct
from msgspec.structs import replace

from alerts.case_flow import Act
from domain.capture import Captured
from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.period import read_period
from ingest.history import take_in
from ingest.wire import DEFAULT_PREFIX
from simulators.live import demo_messages, demo_registry, demo_world
from simulators.simulate import captured
from storage.cases import Cases, NewAct
from storage.store import Store
from tests.api.serving import SIGNED_IN, SOMEBODY, make_app, serve

SEED, VEHICLES = 7, 4
WEEKS = ("2026-W10", "2026-W11", "2026-W12", "2026-W13")
AMENDED = "2026-W11"
FORMATS = ("xlsx", "csv", "geojson")
MONDAY_MS = 1_772_380_800_000
"""2026-03-02 00:00 in Shanghai, the first instant of 2026-W10."""

PIECES = ((2, 0), (6, 20), (10, 6), (16, 12), (24, 15))
"""Day and hour at which something happens; the second one goes on from the first week into the next."""
PIECE_HOURS = 6
SPARSE_MS = 15_000
"""A vehicle is heard no more often than this."""

HELD_DEVICE = "T0001"
OVER_MS = MONDAY_MS + 28 * DAY_MS
ISSUED_MS, LATE_MS, AMENDED_MS = OVER_MS + 9 * HOUR_MS, OVER_MS + DAY_MS, OVER_MS + 2 * DAY_MS
ROOT = Path(__file__).parents[2]

Tallies = Mapping[str, Counter[str]]
"""Violations by rule, by severity, by company and by district."""


class Stated(Struct, frozen=True, kw_only=True):
    """What SQL says of an alert: whether it counts, what corrections would change, and its revision."""

    counts: bool
    revision: int
    about: tuple[Any, ...]


class Month(Struct, frozen=True, kw_only=True):
    """What was seen; files by week and format."""

    by_sql: Mapping[str, Tallies]
    by_api: Mapping[str, Tallies]
    told_by_api: Mapping[str, int]
    files: Mapping[tuple[str, str], bytes]
    again: Mapping[tuple[str, str], bytes]
    by_another_process: Mapping[tuple[str, str], bytes]
    before: Mapping[str, Mapping[str, Stated]]
    after: Mapping[str, Mapping[str, Stated]]
    files_after: Mapping[tuple[str, str], bytes]
    after_by_another_process: Mapping[tuple[str, str], bytes]
    amendments: Mapping[str, list[dict[str, Any]]]


def messages() -> Iterator[Captured]:
    """What the district sends, each position report no more often than now and then; some of it bad, some twice."""
    world = demo_world(SEED, VEHICLES)
    for day, hour in PIECES:
        heard: dict[str, int] = {}
        start_ms = MONDAY_MS + day * DAY_MS + hour * HOUR_MS
        for number, message in enumerate(demo_messages(world, start_ms, PIECE_HOURS * 3600)):
            one = captured(message, DEFAULT_PREFIX)
            if one.topic.endswith("/position"):
                if one.received_ms < heard.get(one.topic, 0) + SPARSE_MS:
                    continue
                heard[one.topic] = one.received_ms
            yield one
            if number % 400 == 0:
                yield one
                yield replace(one, payload=one.payload[:-2])
    # Time goes on to the end of the month, and whatever was due in it is judged.
    yield Captured(received_ms=OVER_MS + HOUR_MS, topic=f"{DEFAULT_PREFIX}/T0002/position", payload=b"{")


def held_back(one: Captured) -> bool:
    """Tell whether it is of the truck whose day comes late."""
    from_ms = MONDAY_MS + PIECES[2][0] * DAY_MS
    return f"/{HELD_DEVICE}/" in one.topic and from_ms <= one.received_ms < from_ms + DAY_MS


async def lived(dsn: str, out: Path) -> Month:
    """Live through the month, and through what came of it afterwards."""
    store = await Store.connect(dsn)
    try:
        registry = demo_registry(seed=SEED, vehicles=VEHICLES)
        await store.save_registry(registry, author="test", effective_from_ms=0)
        sent = list(messages())
        late = [replace(one, received_ms=LATE_MS) for one in sent if held_back(one)]
        await take_in(store, (one for one in sent if not held_back(one)), prefix=DEFAULT_PREFIX)
        await _dismiss_some(store, dsn)
        by_sql = {week: _tallied_by_sql(dsn, week, registry) for week in WEEKS}
        before = {week: stated_by_sql(dsn, week) for week in WEEKS}
        clock = [ISSUED_MS]
        async with (
            serve(make_app(store, clock=lambda: clock[0])) as url,
            httpx.AsyncClient(base_url=url, timeout=120, headers=SIGNED_IN) as client,
        ):
            told = {week: (await _issued(client, week))["violations"] for week in WEEKS}
            files = await _files(client)
            again = await _files(client)
            by_api = {week: await _tallied_by_api(client, week) for week in WEEKS}
            by_another_process = await asyncio.to_thread(_by_another_process, dsn, out, url)
            await take_in(store, late, prefix=DEFAULT_PREFIX)
            after = {week: stated_by_sql(dsn, week) for week in WEEKS}
            clock[0] = AMENDED_MS
            for week in WEEKS:
                await _issued(client, week)
            files_after = await _files(client)
            amendments = {week: await _amendments(client, week) for week in WEEKS}
            after_by_another_process = await asyncio.to_thread(_by_another_process, dsn, out, url)
    finally:
        await store.close()
    return Month(
        by_sql=by_sql, by_api=by_api, told_by_api=told, files=files, again=again,
        by_another_process=by_another_process, before=before, after=after, files_after=files_after,
        after_by_another_process=after_by_another_process, amendments=amendments,
    )  # fmt: skip


async def _dismiss_some(store: Store, dsn: str) -> None:
    """People look at the first two alerts of a week each and dismiss one of them."""
    cases = Cases(store)
    with psycopg.connect(dsn) as connection:
        for week in WEEKS:
            rows = connection.execute(
                "select id from alerts where detected_at >= %s and detected_at < %s and withdrawn is null"
                " order by detected_at, id limit 2",
                _span(week),
            ).fetchall()
            acts = (NewAct(act=Act.DISMISS, reason="authorised"), NewAct(act=Act.ACKNOWLEDGE))
            for (alert_id,), act in zip(rows, acts, strict=True):
                await cases.act_on_alert(SOMEBODY, alert_id, act, at_ms=OVER_MS + MINUTE_MS)


def _span(week: str) -> tuple[str, str]:
    period = read_period(week)
    return f"{period.first} 00:00+08", f"{period.last} 24:00+08"


def _tallied_by_sql(dsn: str, week: str, registry: bytes) -> Tallies:
    known = json.loads(registry)
    companies = {one["id"]: one["name"] for one in known["companies"]}
    of_vehicle = {one["id"]: companies.get(one.get("company_id"), "") for one in known["vehicles"]}
    districts = {one["id"]: one["name"] for one in known["districts"]}
    query = """
        select a.rule, a.severity, a.vehicle_id, a.district_id
        from alerts a left join case_alerts x on x.alert_id = a.id left join cases c on c.id = x.case_id
        where a.detected_at >= %s and a.detected_at < %s and a.withdrawn is null
            and (c.state is null or c.state <> 'dismissed')
    """
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(query, _span(week)).fetchall()
    return tallied(
        (rule, severity, of_vehicle.get(vehicle, ""), districts.get(district, ""))
        for rule, severity, vehicle, district in rows
    )


def tallied(lines: Iterable[tuple[str, str, str, str]]) -> Tallies:
    """Violations counted by rule, severity, company and district."""
    columns = list(zip(*lines, strict=True)) or [(), (), (), ()]
    return dict(zip(("rule", "severity", "company", "district"), map(Counter, columns), strict=True))


def stated_by_sql(dsn: str, week: str) -> dict[str, Stated]:
    """Every alert of a week as SQL has it."""
    query = """
        select a.id, a.withdrawn is null and c.state is distinct from 'dismissed', a.revision,
            a.severity, a.started_at, a.lon, a.lat, a.district_id, a.vehicle_id
        from alerts a left join case_alerts x on x.alert_id = a.id left join cases c on c.id = x.case_id
        where a.detected_at >= %s and a.detected_at < %s
    """
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(query, _span(week)).fetchall()
    return {
        str(key): Stated(counts=counts, revision=revision, about=tuple(about))
        for key, counts, revision, *about in rows
    }


async def _issued(client: httpx.AsyncClient, week: str) -> dict[str, Any]:
    answer = await client.post(f"/api/statements/{week}/issue")
    return answer.raise_for_status().json()


async def _amendments(client: httpx.AsyncClient, week: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/statements/{week}/amendments")
    return answer.raise_for_status().json()["items"]


async def _files(client: httpx.AsyncClient) -> dict[tuple[str, str], bytes]:
    found = {}
    for week in WEEKS:
        for suffix in FORMATS:
            answer = await client.get(f"/api/statements/{week}/violations.{suffix}", params={"lang": "en"})
            found[week, suffix] = answer.raise_for_status().content
    return found


async def _tallied_by_api(client: httpx.AsyncClient, week: str) -> Tallies:
    period = read_period(week)
    days = {"first": str(period.first), "last": str(period.last), "limit": "50"}
    lines, offset = [], 0
    while offset is not None:
        answer = await client.get("/api/reports/alerts", params={**days, "offset": offset})
        page = answer.raise_for_status().json()
        lines += page["items"]
        offset = page["next"]
    return tallied(
        (one["rule"], one["severity"], one["company"], one["district"])
        for one in lines
        if one["state"] != "withdrawn" and one["case_state"] != "dismissed"
    )


def _by_another_process(dsn: str, out: Path, link: str) -> dict[tuple[str, str], bytes]:
    """The week that is amended, by the command line: nothing of this process is in it."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HAULWATCH_")}
    environ |= {"HAULWATCH_DATABASE_URL": dsn, "HAULWATCH_DATA_DIR": str(out), "TZ": "America/New_York"}
    found = {}
    for suffix in FORMATS:
        file = out / f"week.{suffix}"
        command = [
            sys.executable,
            "-m",
            "haulwatch",
            "export",
            "weekly",
            "--week",
            AMENDED,
            "--out",
            str(file),
        ]
        command += ["--lang", "en", "--link", link]
        subprocess.run(command, env=environ, cwd=ROOT, check=True, capture_output=True)
        found[AMENDED, suffix] = file.read_bytes()
    return found
