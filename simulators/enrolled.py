"""The terminals of a simulated district, by the names that they have on the wire."""

from collections.abc import Iterable

from protocols.enrolment import Enrolment
from protocols.hj212.monitor import MonitorSettings
from simulators.fleet import Worker
from simulators.sensor import Monitor

USUAL_MODEL = "simulated"
USUAL_READING_S = MonitorSettings().reading_s


def enrolments_of(fleet: Iterable[Worker], monitors: Iterable[Monitor]) -> tuple[Enrolment, ...]:
    """A terminal for each vehicle, with phone numbers that count from 1, and a monitor for each station."""
    return (
        *(
            Enrolment(
                protocol="jt808", terminal_id=f"138{n:08d}", device_id=worker.device_id, model=USUAL_MODEL
            )
            for n, worker in enumerate(fleet, 1)
        ),
        *(
            Enrolment(
                protocol="hj212",
                terminal_id=one.device_id,
                device_id=one.device_id,
                settings={} if one.interval_s == USUAL_READING_S else {"reading_s": one.interval_s},
            )
            for one in monitors
        ),
    )


def plates_of(fleet: Iterable[Worker]) -> dict[str, str]:
    """The plate of each vehicle by its device."""
    return {worker.device_id: worker.plate for worker in fleet}
