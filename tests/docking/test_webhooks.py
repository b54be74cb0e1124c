"""Webhooks against real receivers: whatever they do, nothing is lost, and nothing comes out of order for one alert."""

import contextlib
import random

import pytest
from prometheus_client import generate_latest

from alerts.case_flow import Act
from domain.station import Severity
from runtime.clock import now_ms
from storage.cases import Cases, NewAct
from storage.webhooks import TargetGiven, Webhooks
from tests.api import district
from tests.api.serving import SOMEBODY
from tests.docking.delivering import add_target, delivering, raise_states, until, until_target
from tests.docking.receiver import OK, Got, Receiver, accepting, always, answer, receiving


def in_order(receiver: Receiver) -> bool:
    """Whether no alert's change was accepted after a later one, as far as it was not there already."""
    newest: dict[str, int] = {}
    known: set[str] = set()
    for one in receiver.accepted:
        if one.id not in known and one.event["type"] == "alert.changed":
            change = one.event["data"]["change"]
            if change < newest.get(one.subject, 0):
                return False
            newest[one.subject] = change
        known.add(one.id)
    return True


async def test_every_change_and_every_act_is_told_in_order(store):
    async with receiving() as receiver, delivering(store):
        await add_target(store, receiver.url)
        await raise_states(store, 3, 2)
        (alert, *_) = await store.alerts()
        await Cases(store).act_on_alert(
            SOMEBODY, alert.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=alert.detected_ms
        )
        await receiver.until(lambda: len(receiver.accepted) >= 7)
    events = [one.event for one in receiver.accepted]
    assert [one["data"]["change"] for one in events[:6]] == [1, 2, 3, 4, 5, 6]
    assert events[6]["type"] == "case.acted"
    assert events[6]["data"]["act"] == "acknowledge"
    assert events[6]["data"]["case"]["alert_ids"] == [str(alert.id)]


async def test_a_receiver_that_was_away_gets_all_that_it_missed(store):
    async with receiving() as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 2, 1)
        await receiver.until(lambda: len(receiver.accepted) >= 2)
        await receiver.stop()
        await raise_states(store, 4, 4)
        away = await until_target(store, target_id, lambda one: one.failures >= 2)
        assert (away.error, away.status) == ("unreachable", None)
        await receiver.start()
        await receiver.until(lambda: len(receiver.ids()) == 16)
        back = await until_target(store, target_id, lambda one: one.behind == 0)
    assert (back.failures, back.letters) == (0, 0)
    assert [one.event["data"]["change"] for one in receiver.accepted] == list(range(1, 17))


async def test_a_receiver_slower_than_the_time_limit_holds_up_no_other(store):
    async with receiving(always(None)) as slow, receiving() as quick, delivering(store, timeout_s=0.5):
        slow_id = await add_target(store, slow.url)
        await add_target(store, quick.url)
        await raise_states(store, 5, 1)
        await quick.until(lambda: len(quick.ids()) == 5)
        late = await until_target(store, slow_id, lambda one: one.failures >= 2)
        assert (late.error, late.behind) == ("timeout", 5)
        assert len({one.id for one in slow.got}) == 1
        slow.says = accepting
        await slow.until(lambda: len(slow.ids()) == 5)


@pytest.mark.parametrize(
    ("said", "error", "status"),
    [
        pytest.param(answer(500, "no room"), None, 500, id="500"),
        pytest.param(answer(302, location="http://127.0.0.1:1/"), None, 302, id="a redirection"),
        pytest.param(answer(429, retry_after="0"), None, 429, id="too many"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "no_http", None, id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\ncut", "no_http", None, id="cut off in mid-answer"),
        pytest.param(b"", "no_http", None, id="a connection closed"),
    ],
)  # fmt: skip
async def test_a_failure_of_the_target_is_waited_out_and_the_event_sent_again_under_its_id(
    store, said, error, status
):
    async with receiving() as receiver, delivering(store):
        receiver.says = lambda _: OK if len(receiver.got) > 4 else said
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 3)
        target = await until_target(store, target_id, lambda one: one.failed_ms is not None)
        assert (target.error, target.status) == (error, status)
        await receiver.until(lambda: len(receiver.got) >= 7)
        target = await until_target(store, target_id, lambda one: one.behind == 0)
    assert (target.letters, target.failures) == (0, 0)
    assert len({one.id for one in receiver.got[:5]}) == 1
    assert [one.event["data"]["change"] for one in receiver.got[4:]] == [1, 2, 3]


async def test_one_refused_alert_becomes_dead_letters_in_order_and_the_others_go_on(store):
    bad = (await _an_alert(store, 1),)
    async with receiving() as receiver, delivering(store) as metrics:
        receiver.says = lambda got: answer(400, "unknown plate") if got.subject in bad else OK
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 3, 4)
        target = await until_target(store, target_id, lambda one: one.behind == 0)
        assert (target.state, target.status, target.answer) == ("active", 400, "unknown plate")
        letters = await Webhooks(store).letters(target_id)
        assert [one.state for one in letters] == ["refused", "behind", "behind"]
        assert [(one.status, one.tries) for one in letters] == [(400, 3), (None, 0), (None, 0)]
        assert len(receiver.accepted) == 7
        line = f'haulwatch_dead_letters{{target="{target_id}"}} 3.0'
        await until(lambda: _metrics(metrics), lambda text: line in text)

        # Sent again while it is refused still: it stays one, and nothing behind it goes before.
        await Webhooks(store).resend(target_id, None)
        await until(lambda: Webhooks(store).letters(target_id), lambda found: found[0].tries == 1)
        assert [one.state for one in await Webhooks(store).letters(target_id)] == [
            "refused", "behind", "behind",
        ]  # fmt: skip
        bad = ()
        await Webhooks(store).resend(target_id, [letters[0].id])
        await until_target(store, target_id, lambda one: one.letters == 0)
    assert len(receiver.ids()) == 10
    assert in_order(receiver)


async def test_what_waits_behind_a_dropped_letter_goes_by_itself(store):
    refused = []

    def says(got: Got) -> bytes:
        if got.event["data"].get("change") == 2:
            refused.append(got.id)
            return answer(422)
        return OK

    async with receiving(says) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 4)
        await until_target(store, target_id, lambda one: one.letters == 3 and one.behind == 0)
        (first, *_) = await Webhooks(store).letters(target_id)
        assert await Webhooks(store).drop(target_id, [first.id]) == [first.event_id]
        await until_target(store, target_id, lambda one: one.letters == 0)
    assert set(refused) == {first.event_id}
    assert [one.event["data"]["change"] for one in receiver.accepted] == [1, 3, 4]


async def test_acts_on_the_case_of_a_refused_alert_wait_with_it_and_so_does_what_comes_after_them(store):
    async with receiving() as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        receiver.says = lambda got: answer(400) if got.event["data"].get("change") == 1 else OK
        await raise_states(store, 2, 1)
        await until_target(store, target_id, lambda one: one.behind == 0)
        first, second = sorted(await store.alerts(), key=lambda one: one.subject)
        cases = Cases(store)
        case = await cases.act_on_alert(
            SOMEBODY, first.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=first.detected_ms
        )
        await cases.act(
            SOMEBODY, case.id, NewAct(act=Act.JOIN, alert_ids=(second.id,)), at_ms=first.detected_ms
        )
        await raise_states(store, 3, 2)
        await until_target(store, target_id, lambda one: one.behind == 0)
        # The third alert has nothing to do with them.
        assert [
            one.event["data"]["change"] for one in receiver.accepted if one.event["type"] == "alert.changed"
        ] == [2, 3, 6]
        assert (await Webhooks(store).count_letters(target_id)) == 5
        receiver.says = accepting
        await Webhooks(store).resend(target_id, None)
        await until_target(store, target_id, lambda one: one.letters == 0)
    told = [(one.event["type"], one.event["data"].get("change")) for one in receiver.accepted]
    assert told[3:] == [
        ("alert.changed", 1), ("case.acted", None), ("case.acted", None), ("alert.changed", 4), ("alert.changed", 5),
    ]  # fmt: skip


async def test_a_target_that_refuses_everything_is_waited_for_once_some_events_were_set_aside(store):
    async with receiving(always(answer(401, "who are you"))) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 15, 1)
        target = await until_target(store, target_id, lambda one: one.failures >= 2)
        assert (target.letters, target.behind) == (10, 5)
        receiver.says = accepting
        await Webhooks(store).resend(target_id, None)
        await until_target(store, target_id, lambda one: one.letters == 0 and one.behind == 0)
    assert len(receiver.ids()) == 15


async def test_a_target_that_is_gone_is_switched_off_and_goes_on_where_it_was_when_a_person_switches_it_on(
    store,
):
    async with receiving(always(answer(410))) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 2, 1)
        target = await until_target(store, target_id, lambda one: one.state == "off")
        assert (target.status, target.behind, len(receiver.got)) == (410, 2, 1)
        receiver.says = accepting
        await Webhooks(store).change(target_id, TargetGiven(name="City", url=receiver.url))
        await receiver.until(lambda: len(receiver.accepted) >= 2)


async def test_a_person_sets_aside_what_a_target_fails_at_for_ever(store):
    async with receiving() as receiver, delivering(store):
        receiver.says = lambda got: answer(500) if got.event["data"]["change"] == 1 else OK
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 2, 1)
        await until_target(store, target_id, lambda one: one.failures > 0)
        await until(lambda: Webhooks(store).set_aside(target_id))
        target = await until_target(store, target_id, lambda one: one.behind == 0)
    assert target.letters == 1
    assert [one.event["data"]["change"] for one in receiver.accepted] == [2]


async def test_while_a_target_is_paused_nothing_is_sent_and_nothing_lost(store):
    async with receiving() as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        paused = TargetGiven(name="City", url=receiver.url, state="paused")
        await Webhooks(store).change(target_id, paused)
        await raise_states(store, 3, 1)
        async with receiving() as other:
            await add_target(store, other.url)
            await raise_states(store, 3, 2)
            await other.until(lambda: len(other.ids()) == 3)
        assert receiver.got == []
        await Webhooks(store).change(target_id, TargetGiven(name="City", url=receiver.url))
        await receiver.until(lambda: len(receiver.accepted) >= 6)


async def test_an_alert_that_has_passed_a_filter_is_told_to_its_end(store):
    async with receiving() as receiver, delivering(store):
        await add_target(store, receiver.url, severities=["major"], events=["alert"])
        steps = (Severity.MINOR, Severity.MAJOR, Severity.MINOR)
        for severity in steps:
            await store.commit(district.raised(district.finding(2, district.START_MS, severity=severity)))
        await store.commit(district.raised(district.finding(2, district.START_MS, vehicle=1)))
        await store.commit(district.raised(district.finding(1, district.START_MS, vehicle=2)))
        await receiver.until(lambda: len(receiver.accepted) >= 3)
    told = [(one.event["data"]["severity"], one.event["data"]["change"]) for one in receiver.accepted]
    assert told == [("major", 2), ("minor", 3), ("major", 5)]


async def test_a_clock_that_was_set_back_keeps_no_target_waiting(store):
    async with receiving() as receiver:
        target_id = await add_target(store, receiver.url)
        async with store.connection() as connection:
            await connection.execute(
                "update webhook_targets set failures = 3, next_try_at = now() + interval '1 year'"
            )
        await raise_states(store, 1, 1)
        async with delivering(store):
            await until_target(store, target_id, lambda one: one.behind == 0)


async def test_a_ping_shows_what_the_target_answers(store):
    async with receiving(always(answer(202, "welcome"))) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url, state="paused")
        webhooks, asked_ms = Webhooks(store), now_ms()
        assert await webhooks.ask_ping(target_id, now_ms=asked_ms)
        told = await until(lambda: webhooks.pinged(target_id, asked_ms))
        assert (told.status, told.answer, told.error) == (202, "welcome", None)
        assert not await webhooks.ask_ping(10**9, now_ms=asked_ms)
    assert [one.event["type"] for one in receiver.got] == ["ping"]


async def test_a_link_local_address_is_not_sent_to(store):
    async with delivering(store):
        target_id = await add_target(store, "http://169.254.169.254/latest/meta-data")
        await raise_states(store, 1, 1)
        target = await until_target(store, target_id, lambda one: one.failures > 0)
    assert target.error == "url_address"


async def test_random_failures_lose_nothing_and_keep_the_order(store):
    chance = random.Random(4711)

    def says(got: Got) -> bytes | None:
        roll = chance.random()
        if roll < 0.5:
            return OK
        return chance.choice(
            [
                answer(500),
                answer(503, retry_after="0"),
                b"",
                b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut",
                answer(400),
                answer(429),
            ]
        )

    async with receiving(says) as receiver, delivering(store, first_delay_s=0.001):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 6, 6)
        for _ in range(80):
            with contextlib.suppress(TimeoutError):
                await until_target(
                    store, target_id, lambda one: one.behind == 0 and one.letters == 0, within_s=1.5
                )
                break
            await Webhooks(store).resend(target_id, None)
        else:
            pytest.fail("it did not get through")
    assert len(receiver.ids()) == 36
    assert in_order(receiver)


async def _an_alert(store, vehicle: int) -> str:
    """The id of a vehicle's alert, which is there before the target."""
    await raise_states(store, vehicle + 1, 1)
    return next(str(one.id) for one in await store.alerts() if one.vehicle_id == f"V{vehicle}")


async def _metrics(metrics) -> str:
    return generate_latest(metrics.registry).decode()
