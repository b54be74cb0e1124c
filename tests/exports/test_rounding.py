"""Figures are rounded half up, as browsers do, so that page and paper say the same."""

import pytest

from exports.rounding import percent, rounded


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (44.25, 1, "44.3"),
        (44.24, 1, "44.2"),
        (0.125, 2, "0.13"),
        (2.5, 0, "3"),
        (2.0, 1, "2.0"),
        (1234.5, 1, "1,234.5"),
        (0.0, 1, "0.0"),
        (1.005, 2, "1.00"),  # the number itself lies below the half
    ],
)
def test_a_half_goes_up(value, digits, text):
    assert rounded(value, digits) == text


def test_a_share_of_an_eighth_is_thirteen_percent_and_none_is_a_dash():
    assert (percent(0.125, 0), percent(0.0625), percent(1.0, 2), percent(None)) == (
        "13%",
        "6.3%",
        "100.00%",
        "—",
    )
