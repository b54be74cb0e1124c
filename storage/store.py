"""The few verbs of the shells, over asyncpg: those of ingest, those about the registry, and what people read."""

from storage.ingesting import NO_DEVICE, Ingesting
from storage.reading import Reading
from storage.records import (
    AlertChange,
    AlertRow,
    LatestPosition,
    LossRow,
    RegistryHead,
    RegistryVersion,
    VersionInForce,
)
from storage.registries import Registries

__all__ = [
    "NO_DEVICE",
    "AlertChange",
    "AlertRow",
    "LatestPosition",
    "LossRow",
    "RegistryHead",
    "RegistryVersion",
    "Store",
    "VersionInForce",
]


class Store(Ingesting, Registries, Reading):
    """One database. Raises the errors of `storage.errors` only."""
