"""Laws of the fold over a station: windows, ticks, background that comes whenever it comes."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alerts import engine
from alerts.finding import Finding
from alerts.renaming import alerts_in
from domain.identifiers import DeviceId
from domain.quantity import Flag, Quantity
from domain.report import BackgroundReport, DustReport
from tests.laws.strategies import dusty, hours, instants, series, station_days
from tests.support.tracks import Item, dust, fold, in_order, judge_station


def start() -> engine.DeviceState:
    return engine.new_state(dusty().ruleset(), DeviceId("M1"))


def standing(findings: Sequence[Finding]) -> dict[object, Finding]:
    last = {finding.id: finding for finding in findings}
    return {key: finding for key, finding in last.items() if finding.withdrawn is None}


def final_s(items: Sequence[Item]) -> float:
    return (max(each.received_ms for each in items) - dusty().start_ms) / 1000


@given(items=station_days(), cuts=st.lists(st.floats(0, 1), max_size=4))
def test_folding_in_parts_with_the_state_encoded_between_is_folding_in_one_go(items, cuts):
    ordered = in_order(dusty(), items)
    whole_state, whole = fold(dusty(), start(), ordered)
    state, parts = start(), []
    bounds = [0, *sorted(round(cut * len(ordered)) for cut in cuts), len(ordered)]
    for begin, end in pairwise(bounds):
        state, found = fold(dusty(), engine.decode_state(engine.encode_state(state)), ordered[begin:end])
        parts += found
    assert parts == whole
    assert engine.encode_state(state) == engine.encode_state(whole_state)


@given(items=station_days(), data=st.data())
def test_ticks_never_change_the_alerts(items, data):
    last_s = final_s(items) + data.draw(st.sampled_from([0, 119, 120, 900, 5000]))
    ticks = data.draw(instants(last_s, 60))
    ordered = in_order(dusty(), items)
    _, with_ticks = fold(dusty(), start(), ordered, [*ticks, last_s])
    _, without = fold(dusty(), start(), ordered, [last_s])
    assert standing(with_ticks) == standing(without)


@given(items=station_days(), data=st.data())
def test_readings_that_arrive_late_but_in_order_change_nothing_in_the_end(items, data):
    arrival, delayed_items = 0, []
    for each in items:
        if isinstance(each, DustReport):
            delay_ms = data.draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 200_000, 2_000_000]))
            arrival = max(arrival, each.time_ms + delay_ms)
            delayed_items.append(_arriving(each, arrival))
        else:
            delayed_items.append(each)
    last_s = final_s(delayed_items) + 1000
    ticks = data.draw(instants(last_s, 60))
    _, late = fold(dusty(), start(), in_order(dusty(), delayed_items), [*ticks, last_s])
    _, on_time = fold(dusty(), start(), in_order(dusty(), items), [last_s])
    assert _facts(standing(late)) == _facts(standing(on_time))


def _arriving(reading: DustReport, received_ms: int) -> DustReport:
    return DustReport(
        device_id=reading.device_id,
        time_ms=reading.time_ms,
        received_ms=received_ms,
        digest=reading.digest,
        interval_s=reading.interval_s,
        values=reading.values,
        flags=reading.flags,
    )


def _facts(findings: dict[object, Finding]) -> list[tuple[object, ...]]:
    """What makes alerts the same: rule, subject, start, end, severity, evidence."""
    return sorted(
        (
            (each.rule_id, each.subject, each.started_ms, each.ended_ms, each.severity, each.evidence)
            for each in findings.values()
        ),
        key=lambda facts: facts[:3],
    )


@given(readings=series(), data=st.data())
def test_it_does_not_matter_when_the_background_comes(readings, data):
    until_s = (readings[-1].time_ms - dusty().start_ms) / 1000
    values = data.draw(hours(until_s))
    punctual = [_received(each, each.time_ms) for each in values]
    orders = [
        in_order(dusty(), [*readings, *values]),
        in_order(dusty(), [*readings, *punctual]),
        [*values, *readings],
        [*readings, *data.draw(st.permutations(values))],
    ]
    last_s = final_s([*readings, *values]) + 10_000
    outcomes = [_facts(standing(fold(dusty(), start(), items, [last_s])[1])) for items in orders]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def _received(value: BackgroundReport, received_ms: int) -> BackgroundReport:
    return BackgroundReport(
        area_id=value.area_id,
        time_ms=value.time_ms,
        received_ms=received_ms,
        digest=value.digest,
        pm10_ugm3=value.pm10_ugm3,
        pm25_ugm3=value.pm25_ugm3,
        tsp_ugm3=value.tsp_ugm3,
        aqi=value.aqi,
    )


@given(readings=series(max_windows=6), data=st.data())
def test_a_second_value_for_an_hour_counts_whenever_it_comes(readings, data):
    until_s = (readings[-1].time_ms - dusty().start_ms) / 1000
    values = [*data.draw(hours(until_s)), *data.draw(hours(until_s))]
    outcomes = [
        _facts(standing(fold(dusty(), start(), items)[1]))
        for items in ([*values, *readings], [*readings, *values], [*readings, *reversed(values)])
    ]
    assert all(outcome == outcomes[0] for outcome in outcomes)


@given(items=station_days())
def test_alerts_of_one_limit_never_overlap_and_are_sound(items):
    by_subject: dict[str, list[Finding]] = {}
    for finding in judge_station(dusty(), items).standing().values():
        by_subject.setdefault(finding.rule_id + finding.subject, []).append(finding)
        assert finding.started_ms <= finding.detected_ms
        assert finding.ended_ms is None or finding.ended_ms > finding.started_ms
    for found in by_subject.values():
        found.sort(key=lambda each: each.started_ms)
        for one, next_one in pairwise(found):
            assert one.ended_ms is not None
            assert one.ended_ms <= next_one.started_ms


@given(items=station_days())
def test_an_alerts_windows_and_span_agree(items):
    limits = {limit.id: limit for limit in dusty().limits}
    for finding in judge_station(dusty(), items).findings("dust_exceedance"):
        evidence = finding.evidence
        over = [each for each in evidence.windows if each.verdict == "over"]
        length_ms = evidence.window_s * 1000
        assert over
        assert finding.started_ms == over[0].start_ms
        assert all(each.value > evidence.limit for each in over)
        assert max(each.value for each in over) == evidence.peak
        assert len(over) == evidence.windows_over
        if finding.ended_ms is not None and limits[evidence.limit_id].clear_below is None:
            assert finding.ended_ms == over[-1].start_ms + length_ms
        starts = [each.start_ms for each in evidence.windows]
        assert starts == sorted(set(starts))


@given(readings=series(max_windows=8))
def test_a_window_computed_as_it_grows_is_the_same_from_scratch(readings):
    # The limit "plain" on PM10; every window over it is in the evidence of some alert.
    shown = {
        window.start_ms: window
        for finding in judge_station(dusty(), readings).findings("dust_exceedance")
        if finding.evidence.limit_id == "plain"
        for window in finding.evidence.windows
        if window.mean is not None
    }
    for start_ms, window in shown.items():
        counted = [
            each
            for each in readings
            if start_ms < each.time_ms <= start_ms + 900_000
            and each.flag(Quantity.PM10) in {Flag.NORMAL, Flag.OVER_RANGE}
            and 0 <= each.values[Quantity.PM10] <= 5000
        ]
        values = [each.values[Quantity.PM10] for each in counted]
        mean = sum(each.values[Quantity.PM10] * each.interval_s for each in counted) / sum(
            each.interval_s for each in counted
        )
        covered = {
            second
            for each in counted
            for second in range(round(each.time_ms / 1000 - each.interval_s), round(each.time_ms / 1000))
            if start_ms / 1000 <= second < start_ms / 1000 + 900
        }
        assert abs(window.mean - mean) < 1e-9 * max(1.0, mean)
        assert abs(window.coverage - len(covered) / 900) < 1e-9
        assert min(values) - 1e-9 <= window.mean <= max(values) + 1e-9
        assert window.lower_bound is any(each.flag(Quantity.PM10) is Flag.OVER_RANGE for each in counted)


@given(items=station_days(), data=st.data())
def test_folding_again_from_an_older_checkpoint_is_no_news(items, data):
    ordered = in_order(dusty(), items)
    cut = data.draw(st.integers(0, len(ordered)))
    checkpoint, before = fold(dusty(), start(), ordered[:cut])
    _, after = fold(dusty(), checkpoint, ordered[cut:])
    crashed = data.draw(st.integers(cut, len(ordered)))
    _, lost = fold(dusty(), checkpoint, ordered[cut:crashed])
    assert standing([*before, *lost, *after]) == standing([*before, *after])


@given(readings=series(max_windows=6), data=st.data())
def test_before_it_is_due_a_tick_finds_nothing_and_at_due_times_it_finds_all(readings, data):
    ruleset = dusty().ruleset()
    state, _ = fold(dusty(), start(), readings)
    due_ms = engine.due_ms(ruleset, state)
    horizon_ms = readings[-1].time_ms + 40_000_000
    at_ms = data.draw(st.integers(readings[-1].time_ms, readings[-1].time_ms + 3_000_000))
    if due_ms is None or at_ms < due_ms:
        assert engine.tick(ruleset, state, at_ms)[1] == ()
    ticked, found = state, []
    while due_ms is not None and due_ms <= horizon_ms:
        ticked, news = engine.tick(ruleset, ticked, due_ms)
        found += news
        next_ms = engine.due_ms(ruleset, ticked)
        assert next_ms is None or next_ms > due_ms
        due_ms = next_ms
    assert standing(found) == standing(engine.tick(ruleset, state, horizon_ms)[1])


@given(readings=series(max_windows=4), data=st.data())
def test_a_duplicate_is_never_judged(readings, data):
    number = data.draw(st.integers(0, len(readings) - 1))
    state, _ = fold(dusty(), start(), readings[: number + 1])
    assert all(engine.is_late(state, each) for each in readings[: number + 1])
    assert not engine.is_late(state, dust(dusty(), final_s(readings) + 1, pm10=1.0))


@given(items=station_days(), cut=st.floats(0, 1))
def test_the_alerts_that_rules_hold_are_as_they_were_told(items, cut):
    ordered = in_order(dusty(), items)
    state, findings = fold(dusty(), start(), ordered[: round(cut * len(ordered))])
    told = {finding.id: finding for finding in findings}
    assert alerts_in(state) == {key: told[key] for key in alerts_in(state)}
