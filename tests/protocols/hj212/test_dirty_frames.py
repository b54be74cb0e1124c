"""What published frames of the field get wrong, each by itself."""

import pytest

from domain.instant import from_rfc3339
from protocols.hj212.dust import to_dust
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.monitor import MonitorSettings
from protocols.hj212.segment import decode_segment
from tests.protocols.hj212 import published

CLEAN = {
    "time": from_rfc3339("2026-08-01T08:00:00+08:00"),
    "interval_s": 60,
    "pm10_ugm3": 66.0,
    "tsp_ugm3": 90.0,
    "noise_db": 57.9,
}
HEAD = "QN=20260801080001000;ST=39;CN=2011;PW=123456;MN=M1;Flag=5;"
TIME = "DataTime=20260801080000;"
CONTENT = "a34002-Rtd=66.0,a34002-Flag=N;a34001-Rtd=90,a34001-Flag=N;LA-Rtd=57.9,LA-Flag=N"


def through(frame):
    """What a frame comes to, through the whole codec."""
    (found,) = Reader().feed(frame)
    assert isinstance(found, Frame), found
    (dust,) = to_dust(decode_segment(found.segment), MonitorSettings())
    return dust


def dust_of(text):
    return through(encode_frame(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD.replace('QN=20260801080001000;', '')}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD.replace('Flag=5;', '')}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD.replace('PW=123456;', '')}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD.replace('080001000', '080001')}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD.replace('080001000', '0800010000')}CP=&&{TIME}{CONTENT}&&",
        f"{HEAD}CP=&&DataTime=2026080108000000;{CONTENT}&&",
        f"{HEAD}CP=&&{TIME}a34002-Rtd=66.0;a34001-Rtd=90;LA-Rtd=57.9&&",
        f"{HEAD}CP=&&{TIME}{CONTENT.replace(',', ';')}&&",
        f"{HEAD}CP=&&{TIME}a34002-Rtd=66.0;a34001-Rtd=90;LA-Rtd=57.9;Flag=N&&",
        f"{HEAD}CP=&&{TIME}{CONTENT};&&",
        f"{HEAD}CP=&&{TIME}{CONTENT.replace('LA-Rtd', 'LA-td')}&&",
        f"{HEAD}CP=&&{TIME}{CONTENT.replace('LA-', 'LA-Rtd-')}&&",
        f"{HEAD}CP=&&{TIME}{CONTENT.replace('LA-', 'Leq-')}&&",
        f"{HEAD}CP=&&{TIME}{CONTENT.replace('-Flag', '-flag').replace('-Rtd', '-RTD')}&&",
        f"{HEAD}CP=&&{TIME}PM10-Rtd=66.0,PM10-Flag=N;TSP-Rtd=90,TSP-Flag=N;NOIS-Rtd=57.9,NOIS=N&&",
        f"{HEAD}CP=&&{TIME}PM10=66.0;TSP=90;NOIS=57.9&&",
    ],
    ids=[
        "clean",
        "no QN",
        "no Flag",
        "no PW",
        "QN of 14 digits",
        "QN of 18 digits",
        "DataTime of 16 digits",
        "Rtd without Flag",
        "; instead of ,",
        "one Flag at the end for all",
        ";&&",
        "LA-td",
        "LA-Rtd-Rtd",
        "Leq",
        "case of suffixes",
        "private names",
        "names without suffix",
    ],
)
def test_a_dirty_frame_says_what_a_clean_one_says(text):
    assert dust_of(text) == CLEAN


def test_one_flag_for_all_counts_where_a_factor_has_none_of_its_own():
    dust = dust_of(f"{HEAD}CP=&&{TIME}a34002-Rtd=66.0,a34002-Flag=N;a34001-Rtd=90;LA-Rtd=57.9;Flag=D&&")
    assert dust["flags"] == {"tsp_ugm3": "D", "noise_db": "D"}


def test_all_private_names_are_known():
    assert through(published.SWAPPED_AND_PRIVATE) == {
        "time": from_rfc3339("2018-01-14T00:28:28+08:00"),
        "interval_s": 60,
        "pm25_ugm3": 15.4,
        "pm10_ugm3": 31.7,
        "tsp_ugm3": 75.0,
        "temperature_c": 10.0,
        "humidity_pct": 0.0,
        "wind_speed_ms": 0.0,
        "wind_dir_deg": 0.0,
        "noise_db": 46.3,
    }


def test_a_checksum_in_small_letters_is_one():
    frame = encode_frame(f"{HEAD}CP=&&{TIME}{CONTENT}&&".encode())
    small = frame[:-6] + frame[-6:].lower()
    assert small != frame
    assert through(small) == CLEAN


@pytest.mark.parametrize("length", [b"0000", b"0100", b"0999", b"9999", b"153"])
def test_a_wrong_length_is_passed_over(length):
    frame = encode_frame(f"{HEAD}CP=&&{TIME}{CONTENT}&&".encode())
    assert through(b"##" + length + frame[6:]) == CLEAN


def test_a_published_frame_with_many_faults_is_read():
    dust = through(published.THREE_DIGITS + b"\r\n")
    assert (dust["noise_db"], dust["pm10_ugm3"], dust["tsp_ugm3"]) == (50.1, 295.0, 217.0)
    assert dust["hj212"]["kept"]["a21026-Rtd"] == "58"


def test_a_published_frame_with_faults_flagged_is_read():
    (dust,) = to_dust(decode_segment(published.SUFFIX_TWICE[6:-4]), MonitorSettings(unit="ng"))
    assert (dust["noise_db"], dust["pm10_ugm3"], dust["flags"]) == (
        71.0,
        16.0,
        {"pm25_ugm3": "D", "pm10_ugm3": "D"},
    )


def test_published_hourly_means_of_other_factors_are_kept_with_the_end_of_their_hour():
    dust = through(published.HOURLY_MEANS)
    assert (dust["time"], dust["interval_s"]) == (from_rfc3339("2019-09-24T23:00:00+08:00"), 3600)
    assert dust["hj212"]["kept"]["a34006-Avg"] == "2.69700"
