"""What a gateway takes from the registry in force: which vehicle carries a device, and the models of terminals."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from domain.registry import Registry, check
from domain.vehicle import Vehicle
from protocols.jt808.catalogue import DEFAULT_MODEL, catalogue
from protocols.jt808.model import TerminalModel
from runtime.clock import ticks
from storage.errors import StorageUnavailable
from storage.store import Store

LOOK_EVERY_S = 2.0

_log = structlog.get_logger(__name__)


class Fleet:
    """The vehicles and models of the registry in force, looked at again every other second."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        """Know no vehicle yet, and the ready-made models."""
        self._store = store
        self._now_ms = now_ms
        self._version: int | None = None
        self._vehicles: Mapping[str, Vehicle] = {}
        self._models: Mapping[str, TerminalModel] = catalogue(())

    def vehicle(self, device_id: str) -> Vehicle | None:
        """The vehicle that carries a device, None where none does."""
        return self._vehicles.get(device_id)

    def model(self, model_id: str | None) -> TerminalModel:
        """A model; where it is unknown the one that claims to know no signal."""
        return self._models.get(model_id or DEFAULT_MODEL) or self._models[DEFAULT_MODEL]

    async def look(self) -> None:
        """Take over the version in force, if it is another."""
        found = await self._store.registry_at(self._now_ms())
        if found is None or found.version == self._version:
            return
        registry = await asyncio.to_thread(check, found.document)
        if isinstance(registry, Registry):
            self._vehicles = {one.device_id: one for one in registry.vehicles if one.device_id is not None}
            self._models = catalogue(registry.device_models)
            unusable = [one.id for one in registry.device_models if one.id not in self._models]
            if unusable:
                _log.error("models unusable", action="gateway_models_unusable", models=unusable)
        self._version = found.version

    async def watch(self, stop: asyncio.Event) -> None:
        """Look again and again until stopped."""
        async for _ in ticks(LOOK_EVERY_S, stop):
            with contextlib.suppress(StorageUnavailable):
                await self.look()
