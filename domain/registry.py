"""The registry: one document with all that is known about the world, and its checks.

`check` reads a document and either gives a Registry or every problem found, each with its JSON path;
nothing of a document with a problem is used. What the entries may hold is in `registry_sections`.
"""

from itertools import chain
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.document import Node, UnfitError, note_repeated, root_of
from domain.identifiers import LimitId
from domain.legal_limits import LEGAL_LIMITS
from domain.permit import CollectionRun, Permit
from domain.problem import Problem, message
from domain.registry_sections import (
    Known,
    read_collection_run,
    read_company,
    read_device,
    read_device_model,
    read_district,
    read_limit,
    read_permit,
    read_route,
    read_rule,
    read_station,
    read_vehicle,
    read_work_plan,
    read_zone,
)
from domain.rule import Rule
from domain.station import Limit, Station
from domain.values import shown, text
from domain.vehicle import Company, Device, DeviceModel, Vehicle
from domain.work_plan import WorkPlan
from domain.zone import District, Route, Zone

__all__ = ["DEFAULT_TIMEZONE", "Problem", "Registry", "check"]

DEFAULT_TIMEZONE = "Asia/Shanghai"
VERSION = 1


class Registry(Struct, frozen=True, kw_only=True):
    """A whole, checked registry document (the wire format's section on the registry file)."""

    timezone: str = DEFAULT_TIMEZONE
    districts: tuple[District, ...] = ()
    companies: tuple[Company, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    stations: tuple[Station, ...] = ()
    devices: tuple[Device, ...] = ()
    device_models: tuple[DeviceModel, ...] = ()
    zones: tuple[Zone, ...] = ()
    routes: tuple[Route, ...] = ()
    permits: tuple[Permit, ...] = ()
    collection_runs: tuple[CollectionRun, ...] = ()
    work_plans: tuple[WorkPlan, ...] = ()
    limits: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] | None = None

    @property
    def limit_terms(self) -> dict[LimitId, Limit]:
        """Every limit that a station may name: the ready-made ones, and the registry's own."""
        ready_made = {name: entry.terms for name, entry in LEGAL_LIMITS.items()}
        return ready_made | {limit.id: limit for limit in self.limits}

    @property
    def zone_info(self) -> ZoneInfo:
        """The registry's own time zone, in which days, hours and windows are meant."""
        return ZoneInfo(self.timezone)


SECTIONS = tuple(name for name in Registry.__struct_fields__ if name != "timezone")


def check(document: bytes) -> Registry | list[Problem]:
    """Read a registry document; return it, or every problem in it with its JSON path."""
    problems: list[Problem] = []
    if not document.strip():
        return [Problem(path="$", message=message("empty_document"))]
    if document.startswith(b"\xef\xbb\xbf"):
        return [Problem(path="$", message=message("byte_order_mark"))]
    root = root_of(document, problems)
    if root is None:
        return problems
    registry = _read(root)
    _note_ids_named_twice(root)
    return problems or registry


def _read(root: Node) -> Registry:
    root.need("version", _version)
    zone = root.get("timezone", _time_zone, ZoneInfo(DEFAULT_TIMEZONE)) or ZoneInfo("UTC")
    known = Known(root, zone)
    return Registry(
        timezone=zone.key,
        districts=root.get_objects("districts", read_district),
        companies=root.get_objects("companies", read_company),
        vehicles=root.get_objects("vehicles", lambda entry: read_vehicle(entry, known)),
        stations=root.get_objects("stations", lambda entry: read_station(entry, known)),
        devices=root.get_objects("devices", lambda entry: read_device(entry, known)),
        device_models=root.get_objects("device_models", read_device_model),
        zones=root.get_objects("zones", lambda entry: read_zone(entry, known)),
        routes=root.get_objects("routes", read_route),
        permits=root.get_objects("permits", lambda entry: read_permit(entry, known)),
        collection_runs=root.get_objects("collection_runs", lambda entry: read_collection_run(entry, known)),
        work_plans=root.get_objects("work_plans", lambda entry: read_work_plan(entry, known)),
        limits=root.get_objects("limits", lambda entry: read_limit(entry, known)),
        rules=None
        if root.child("rules") is None
        else root.get_objects("rules", lambda entry: read_rule(entry, known)),
    )


def _version(value: object) -> int:
    if value is True or value != VERSION:
        raise UnfitError("version", version=str(VERSION))
    return VERSION


def _time_zone(value: object) -> ZoneInfo:
    name = text(value)
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise UnfitError("time_zone", example=DEFAULT_TIMEZONE, value=shown(name)) from error


def _note_ids_named_twice(root: Node) -> None:
    """Ids are unique in their section, a stop's in its run, and a device belongs to one owner."""
    sections = {name: root.objects(name) for name in SECTIONS}
    runs = [run.objects("stops") for run in sections["collection_runs"]]
    for entries in chain(sections.values(), runs):
        note_repeated([entry.child("id") for entry in entries], "id_twice")
    owners = chain(sections["vehicles"], sections["stations"])
    note_repeated([owner.child("device_id") for owner in owners], "device_twice")
