"""The checksum, against frames that others have published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.hj212.checksum import Checksum, digits_of, form_of, modbus_crc, standard_crc
from tests.protocols.hj212 import published


@pytest.mark.parametrize(
    "frame",
    [
        published.STANDARD_EXAMPLE,
        published.REQUEST_ANSWERED,
        published.NINE_FACTORS,
        published.QN_OF_14_DIGITS,
        published.NO_DATA_FLAGS,
        published.SUFFIX_CUT,
        published.HOURLY_MEANS,
        published.REGISTRATION,
    ],
)
def test_the_checksum_of_a_published_frame_is_the_one_it_carries(frame):
    assert digits_of(frame[6:-4]) == frame[-4:]


def test_the_modbus_form_of_the_standards_example_is_another():
    assert modbus_crc(published.STANDARD_EXAMPLE[6:-4]) == 0x0759
    assert standard_crc(published.STANDARD_EXAMPLE[6:-4]) == 0x1C80


def test_the_modbus_form_is_the_one_every_table_of_modbus_shows():
    assert modbus_crc(b"123456789") == 0x4B37


@pytest.mark.parametrize(
    ("digits", "form"),
    [
        (b"1C80", Checksum.STANDARD),
        (b"1c80", Checksum.STANDARD),
        (b"801C", Checksum.SWAPPED),
        (b"0759", Checksum.MODBUS),
        (b"5907", None),
        (b"1C81", None),
        (b"1C8", None),
        (b"&&&&", None),
    ],
)
def test_the_form_in_which_digits_agree_is_told(digits, form):
    assert form_of(published.STANDARD_EXAMPLE[6:-4], digits) is form


@given(st.binary(max_size=300), st.sampled_from(Checksum))
def test_digits_made_in_a_form_agree(segment, form):
    assert form_of(segment, digits_of(segment, form)) is not None


@given(st.binary(max_size=60))
def test_the_table_gives_what_shifting_bit_by_bit_gives(segment):
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    assert standard_crc(segment) == register
