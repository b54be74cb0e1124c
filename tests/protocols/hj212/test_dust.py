"""Segments → dust objects: units, flags, intervals, and which command is judged."""

import pytest

from domain.instant import from_rfc3339
from domain.quantity import Quantity
from protocols.hj212.checksum import Checksum
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.monitor import Feed, MonitorSettings, Stamp, Unit, decode_settings
from protocols.hj212.segment import decode_segment
from tests.protocols.hj212 import published

AT = from_rfc3339("2026-08-01T08:00:00+08:00")


def dust_of(content, command="2011", st="39", **settings):
    """What a content tells of a monitor with these settings."""
    segment = decode_segment(f"ST={st};CN={command};MN=M1;CP=&&DataTime=20260801080000;{content}&&".encode())
    (dust,) = to_dust(segment, MonitorSettings(**settings))
    return dust


def published_dust(frame, **settings):
    (dust,) = to_dust(decode_segment(frame[6:-4]), MonitorSettings(**settings))
    return dust


def test_the_published_frame_with_nine_factors_is_a_clean_dust_object():
    assert published_dust(published.NINE_FACTORS, unit=Unit.NANOGRAM) == {
        "time": from_rfc3339("2018-04-27T12:58:09+08:00"),
        "interval_s": 60,
        "pm25_ugm3": 75.6,
        "pm10_ugm3": 140.6,
        "tsp_ugm3": 178.0,
        "temperature_c": 24.8,
        "humidity_pct": 46.8,
        "pressure_kpa": 101.38,
        "wind_speed_ms": 0.0,
        "wind_dir_deg": 25.0,
        "noise_db": 57.9,
    }


def test_the_published_frame_without_flag_is_in_micrograms():
    assert published_dust(published.QN_OF_14_DIGITS) == {
        "time": from_rfc3339("2018-05-07T00:05:58+08:00"),
        "interval_s": 60,
        "temperature_c": 26.0,
        "humidity_pct": 30.4,
        "tsp_ugm3": 0.0,
        "pm10_ugm3": 24.0,
        "pm25_ugm3": 23.0,
    }


def test_a_published_frame_of_noughts_is_taken_but_for_air_without_pressure():
    dust = published_dust(published.NO_DATA_FLAGS)
    assert [dust[name] for name in ("pm25_ugm3", "pm10_ugm3", "tsp_ugm3", "noise_db")] == [0, 0, 0, 0]
    assert dust["hj212"] == {"withheld": {"pressure_kpa": {"reason": "implausible", "rtd": "0.0"}}}


@pytest.mark.parametrize(
    ("unit", "sent"), [(Unit.MICROGRAM, "66.0"), (Unit.MILLIGRAM, "0.066"), (Unit.NANOGRAM, "66000")]
)
def test_each_unit_comes_to_the_same(unit, sent):
    assert dust_of(f"a34002-Rtd={sent},a34002-Flag=N", unit=unit)["pm10_ugm3"] == 66.0


@pytest.mark.parametrize(
    ("right", "sent"), [(Unit.MICROGRAM, "66.0"), (Unit.MILLIGRAM, "0.066"), (Unit.NANOGRAM, "66000")]
)
@pytest.mark.parametrize("wrong", Unit)
def test_under_a_wrong_unit_nothing_is_stored_but_a_fault_is_flagged(right, sent, wrong):
    dust = dust_of(f"a34001-Rtd={sent};a34002-Rtd={sent},a34002-Flag=N", unit=wrong)
    if wrong is right:
        assert (dust["tsp_ugm3"], dust["pm10_ugm3"]) == (66.0, 66.0)
        return
    assert not {"tsp_ugm3", "pm10_ugm3"} & dust.keys()
    assert dust["flags"] == {"tsp_ugm3": "D", "pm10_ugm3": "D"}
    assert dust["hj212"]["withheld"] == {
        "tsp_ugm3": {"reason": "wrong_unit", "rtd": sent},
        "pm10_ugm3": {"reason": "wrong_unit", "rtd": sent, "flag": "N"},
    }


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        ("a34001-Rtd=5000;a34002-Rtd=4000", True),
        ("a34001-Rtd=5000.1;a34002-Rtd=1000", True),
        ("a34001-Rtd=5000.1;a34002-Rtd=1000.1", False),
        ("a34001-Rtd=6000;a34002-Rtd=1100;a34004-Rtd=900", False),
        ("a34001-Rtd=0;a34002-Rtd=5001", False),
        ("a34001-Rtd=1.0;a34002-Rtd=0.2", True),
        ("a34001-Rtd=0.9;a34002-Rtd=0.2", False),
        ("a34001-Rtd=0;a34002-Rtd=0", True),
        ("a34001-Rtd=6000,a34001-Flag=D;a34002-Rtd=3", True),
        ("a34001-Rtd=6000,a34001-Flag=D;a34002-Rtd=4000", True),
        ("a34001-Rtd=6000,a34001-Flag=T;a34002-Rtd=4000", False),
    ],
    ids=[
        "as much as is believed",
        "one beyond belief",
        "one beyond belief and all thick",
        "fine dust says nothing",
        "nought says nothing",
        "cleanest",
        "cleaner",
        "noughts",
        "a fault",
        "a fault says nothing",
        "over range says something",
    ],
)
def test_particulates_are_believed_together_or_not_at_all(content, is_taken):
    assert ("pm10_ugm3" in dust_of(content)) is is_taken


@pytest.mark.parametrize("sent", ["-1", "7200"])
def test_a_particulate_that_rules_do_not_believe_goes_through_to_them(sent):
    dust = dust_of(f"a34001-Rtd={sent};a34002-Rtd=30")
    assert (dust["tsp_ugm3"], dust["pm10_ugm3"]) == (float(sent), 30.0)
    assert "flags" not in dust


@pytest.mark.parametrize(
    ("code", "field", "good", "bad", "is_flagged"),
    [
        ("LA", "noise_db", "140", "140.1", True),
        ("a01007", "wind_speed_ms", "75", "75.1", False),
        ("a01008", "wind_dir_deg", "360", "361", False),
        ("a01001", "temperature_c", "-60", "-61", False),
        ("a01002", "humidity_pct", "100", "100.1", False),
        ("a01006", "pressure_kpa", "101.380", "1013.80", False),
    ],
)
def test_a_number_that_cannot_be_is_withheld_and_flagged_where_limits_hang_on_it(
    code, field, good, bad, is_flagged
):
    assert dust_of(f"{code}-Rtd={good}")[field] == float(good)
    dust = dust_of(f"{code}-Rtd={bad}")
    assert field not in dust
    assert dust["hj212"]["withheld"] == {field: {"reason": "implausible", "rtd": bad}}
    assert ("flags" in dust) is is_flagged


@pytest.mark.parametrize("sent", ["", "--", "NaN", "1e999", "1_000", "٣", "0x10"])
def test_what_is_no_number_is_withheld_as_it_came(sent):
    dust = dust_of(f"a34002-Rtd={sent};LA-Rtd=50")
    assert "pm10_ugm3" not in dust
    assert dust["hj212"]["withheld"]["pm10_ugm3"]["reason"] == "unreadable"
    assert dust["noise_db"] == 50.0


@pytest.mark.parametrize(
    ("sent", "flag"),
    [("N", None), ("n", None), ("3", None), ("1", None)]
    + [(letter, letter) for letter in "FMSDCTB"]
    + [("P", "D"), ("0", "C"), ("2", "D"), ("d", "D")],
)
def test_a_flag_is_told_as_ours(sent, flag):
    dust = dust_of(f"a34002-Rtd=66,a34002-Flag={sent}")
    assert dust["pm10_ugm3"] == 66.0
    assert dust.get("flags") == (None if flag is None else {"pm10_ugm3": flag})


def test_a_value_under_a_flag_nobody_knows_is_withheld_and_not_taken_for_normal():
    dust = dust_of("a34002-Rtd=66,a34002-Flag=X")
    assert dust == {
        "time": AT,
        "interval_s": 60,
        "hj212": {"withheld": {"pm10_ugm3": {"reason": "unknown_flag", "rtd": "66", "flag": "X"}}},
    }


def test_a_flag_without_a_value_is_told():
    assert dust_of("a34002-Flag=D")["flags"] == {"pm10_ugm3": "D"}


def test_a_reading_ends_at_its_data_time():
    dust = dust_of("a34002-Rtd=66", reading_s=30)
    assert (dust["time"], dust["interval_s"]) == (AT, 30)


@pytest.mark.parametrize(
    ("command", "interval_s"), [("2051", 300), ("2061", 3600), ("2031", 86_400), ("2041", 86_400)]
)
def test_a_mean_ends_one_interval_after_its_data_time(command, interval_s):
    dust = dust_of("a34002-Avg=66", command, minute_s=300)
    assert (dust["time"], dust["interval_s"]) == (AT + interval_s * 1000, interval_s)
    at_its_end = dust_of("a34002-Avg=66", command, minute_s=300, stamped=Stamp.END)
    assert (at_its_end["time"], at_its_end["interval_s"]) == (AT, interval_s)


MEANS = "a34002-Avg=66,a34002-Min=40,a34002-Max=90,a34002-Flag=N;LA-Avg=50,LA-Flag=D"


def test_a_mean_of_a_command_that_is_fed_is_judged_and_its_bounds_kept():
    assert dust_of(MEANS, "2061", feeds=Feed.HOURS) == {
        "time": AT + 3_600_000,
        "interval_s": 3600,
        "pm10_ugm3": 66.0,
        "noise_db": 50.0,
        "flags": {"noise_db": "D"},
        "hj212": {"command": "2061", "measured": {"pm10_ugm3": {"min": 40.0, "max": 90.0}}},
    }


@pytest.mark.parametrize("feeds", [Feed.READINGS, Feed.MINUTES])
def test_a_mean_of_a_command_that_is_not_fed_is_kept_where_no_average_sees_it(feeds):
    assert dust_of(MEANS, "2061", feeds=feeds) == {
        "time": AT + 3_600_000,
        "interval_s": 3600,
        "hj212": {
            "command": "2061",
            "measured": {
                "pm10_ugm3": {"avg": 66.0, "min": 40.0, "max": 90.0},
                "noise_db": {"avg": 50.0, "flag": "D"},
            },
        },
    }


@pytest.mark.parametrize("feeds", Feed)
def test_exactly_one_command_of_a_monitor_is_judged(feeds):
    judged = [
        command
        for command in ("2011", "2051", "2061", "2031")
        if "pm10_ugm3" in dust_of("a34002-Rtd=66;a34002-Avg=66", command, feeds=feeds)
    ]
    assert judged == [feeds]


def test_readings_that_are_not_fed_are_kept_under_their_command():
    dust = dust_of("a34002-Rtd=66", feeds=Feed.MINUTES)
    assert dust["hj212"] == {"command": "2011", "measured": {"pm10_ugm3": {"rtd": 66.0}}}


def test_the_running_times_of_a_day_are_kept():
    dust = dust_of("SB1-RT=22.5;SB2-RT=20", "2041")
    assert dust["hj212"] == {"command": "2041", "kept": {"SB1-RT": "22.5", "SB2-RT": "20"}}


def test_factors_of_others_are_kept_under_their_names():
    assert dust_of("a21005-Rtd=1.1,a21005-Flag=N;a34002-Rtd=66")["hj212"] == {
        "kept": {"a21005-Rtd": "1.1", "a21005-Flag": "N"}
    }


def test_a_second_name_of_a_quantity_is_kept_beside_the_first():
    dust = dust_of("LA-Rtd=50;Leq-Rtd=52;LA-Rtd=51")
    assert dust["noise_db"] == 50.0
    assert dust["hj212"]["kept"] == {"Leq-Rtd": "52", "LA-Rtd": "51"}


def test_a_name_of_the_monitors_own_is_set_for_it():
    settings = decode_settings({"names": {"dust1": "tsp_ugm3"}})
    segment = decode_segment(b"CN=2011;CP=&&DataTime=20260801080000;Dust1-Rtd=80&&")
    assert to_dust(segment, settings)[0]["tsp_ugm3"] == 80.0


@pytest.mark.parametrize("st", ["39", "22", "31"])
def test_the_systems_of_dust_monitors_are_taken(st):
    assert dust_of("a34002-Rtd=66", st=st)["pm10_ugm3"] == 66.0


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"ST=32;CN=2011;CP=&&DataTime=20260801080000;a34002-Rtd=1&&", "bad_system"),
        (b"ST=39;CN=2021;CP=&&DataTime=20260801080000;a34002-Rtd=1&&", "bad_command"),
        (b"ST=39;CP=&&DataTime=20260801080000;a34002-Rtd=1&&", "bad_command"),
        (b"ST=39;CN=2011;CP=&&a34002-Rtd=1&&", "bad_field"),
        (b"ST=39;CN=2011;CP=&&DataTime=2026080108;a34002-Rtd=1&&", "bad_field"),
        (b"ST=39;CN=2011;CP=&&DataTime=20261301080000;a34002-Rtd=1&&", "bad_field"),
        (b"ST=39;CN=2011;CP=&&DataTime=20260230080000;a34002-Rtd=1&&", "bad_field"),
        (b"ST=39;CN=2011;CP=&&DataTime=00000000000000;a34002-Rtd=1&&", "bad_field"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_its_reason(written, reason):
    with pytest.raises(Hj212Error) as raised:
        to_dust(decode_segment(written), MonitorSettings())
    assert raised.value.reason == reason


def test_a_segment_without_data_tells_nothing():
    assert to_dust(decode_segment(b"ST=39;CN=2011;CP=&&&&"), MonitorSettings()) == []


def test_settings_are_read_and_a_wrong_one_is_named():
    settings = decode_settings(
        {"unit": "mg", "feeds": "2061", "checksums": ["modbus"], "names": {"X": "tsp_ugm3"}}
    )
    assert (settings.unit, settings.feeds, settings.names) == (
        Unit.MILLIGRAM,
        Feed.HOURS,
        {"X": Quantity.TSP},
    )
    assert settings.takes(Checksum.STANDARD)
    assert settings.takes(Checksum.MODBUS)
    assert not settings.takes(Checksum.SWAPPED)
    for wrong in ({"unit": "kg"}, {"feed": "2011"}, {"minute_s": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            decode_settings(wrong)
