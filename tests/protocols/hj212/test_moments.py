"""Moments as the protocol writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import from_rfc3339
from protocols.hj212.moments import decode_moment, encode_moment, encode_request_number
from protocols.hj212.monitor import is_monitor_name

YEARS_MS = st.integers(from_rfc3339("1970-01-01T00:00:00+08:00"), from_rfc3339("9999-12-31T23:59:59+08:00"))


@given(YEARS_MS)
def test_a_moment_is_read_as_it_was_written(time_ms):
    assert decode_moment(encode_request_number(time_ms)) == time_ms
    assert decode_moment(encode_moment(time_ms)) == time_ms - time_ms % 1000


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("20160801085857", "2016-08-01T00:58:57Z"),
        ("20160801085857223", "2016-08-01T00:58:57.223Z"),
        ("2016080108585722", "2016-08-01T00:58:57.220Z"),
        ("201608010858572234", "2016-08-01T00:58:57.223Z"),
        ("20160229000000", "2016-02-28T16:00:00Z"),
    ],
)
def test_a_moment_is_local_time_of_china_with_what_fraction_it_has(text, instant):
    assert decode_moment(text) == from_rfc3339(instant)


@pytest.mark.parametrize(
    "text", ["", "2016080108585", "20150229000000", "20160801245857", "2016-08-01 08:58", "²" * 14]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        decode_moment(text)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("010000A8900016F000169DC0", True),
        ("NM100000_0005", True),
        ("", False),
        ("A" * 65, False),
        ("站1", False),
        ("a/b", False),
    ],
)
def test_a_monitor_has_a_name_of_plain_characters(name, is_one):
    assert is_monitor_name(name) is is_one
