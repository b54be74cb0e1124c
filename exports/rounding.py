"""Figures as people read them: rounded half up, as the page does, so that no two papers differ in the last digit."""

from decimal import ROUND_HALF_UP, Decimal

RATE_DIGITS = 2
"""Decimals of the rates that platforms are held to: 99.96% is not all of them. Shares have one."""


def rounded(value: float, digits: int) -> str:
    """To so many decimals, thousands apart by commas."""
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as people write it; a dash where there is none."""
    return "—" if share is None else f"{rounded(100 * share, digits)}%"
