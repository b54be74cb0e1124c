"""Enrolling terminals from a list, and how the demo's fleet gets to its gateways."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domain.registry import Registry, check
from haulwatch.ports import reachable
from haulwatch.problem import CommandError
from protocols.enrolment import Enrolment, EnrolmentError, read_enrolments
from protocols.jt808.catalogue import catalogue
from runtime.clock import now_ms
from runtime.settings import Settings
from storage.store import Store
from storage.terminals import DeviceTaken, Terminals

if TYPE_CHECKING:
    from simulators.gateway_publisher import Gateways

FILE_ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheets write in China."""


def read_list(path: Path) -> list[Enrolment]:
    """A list of terminals; raises CommandError that names the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    for encoding in FILE_ENCODINGS:
        try:
            return read_enrolments(data.decode(encoding))
        except UnicodeDecodeError:
            continue
        except EnrolmentError as error:
            raise CommandError(f"{path}: {error}; nothing of it was applied") from error
    raise CommandError(f"{path} is neither UTF-8 nor GB18030")


async def enrol(store: Store, enrolments: Sequence[Enrolment], *, by: str) -> list[str]:
    """Approve all of a list; gives the devices that the registry in force does not know yet.

    Raises CommandError for a model that nobody knows, and where another terminal speaks as one of the devices.
    """
    current = await store.registry_at(now_ms())
    registry = None if current is None else await asyncio.to_thread(check, current.document)
    known: set[str] = set()
    models = catalogue(())
    if isinstance(registry, Registry):
        known = {str(one.device_id) for one in registry.vehicles} | {
            str(one.device_id) for one in registry.stations
        }
        models = catalogue(registry.device_models)
    unknown = sorted({one.model for one in enrolments if one.model is not None} - set(models))
    if unknown:
        raise CommandError(f"no such model: {', '.join(unknown)}; there are {', '.join(sorted(models))}")
    try:
        await Terminals(store).enrol(enrolments, by=by)
    except DeviceTaken as error:
        raise CommandError(f"another terminal speaks as {error} already; block it first") from error
    return sorted({one.device_id for one in enrolments} - known)


def demo_gateways(settings: Settings) -> "Gateways | None":
    """How the demo's devices get to the gateways that a port is set for; None where none is."""
    from simulators.enrolled import enrolments_of, plates_of
    from simulators.gateway_publisher import Gateways
    from simulators.live import demo_world

    ports = {"jt808": settings.jt808_port, "hj212": settings.hj212_port}
    addresses = {
        protocol: (reachable(settings.gateway_host), port) for protocol, port in ports.items() if port
    }
    if not addresses:
        return None
    world = demo_world(settings.demo_seed, settings.demo_vehicles)
    enrolments = enrolments_of(world.fleet, world.monitors)
    return Gateways(
        enrolments=tuple(one for one in enrolments if one.protocol in addresses),
        addresses=addresses,
        plates=plates_of(world.fleet),
    )
