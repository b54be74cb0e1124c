"""A period as an address names it."""

from typing import Annotated

from fastapi import Depends, Path

from api.errors import ApiError
from domain.period import Period, read_period


async def _period(
    period: Annotated[str, Path(description="A week or a month", examples=["2026-W46", "2026-10"])],
) -> Period:
    try:
        return read_period(period)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"period: {error}") from None


PeriodDep = Annotated[Period, Depends(_period)]
