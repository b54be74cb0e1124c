"""What a gateway takes from the registry in force: which vehicle carries a device, and the models of terminals."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from domain.registry import Registry, check
from domain.vehicle import Vehicle
from protocols.jt808.model import ModelError, TerminalModel, model_of, ready_made
from storage.errors import StorageUnavailable
from storage.store import Store

LOOK_EVERY_S = 2.0
DEFAULT_MODEL = "generic"

_log = structlog.get_logger(__name__)


class Fleet:
    """The vehicles and models of the registry in force, looked at again every other second."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        """Know no vehicle yet, and the ready-made models."""
        self._store = store
        self._now_ms = now_ms
        self._version: int | None = None
        self._ready_made = ready_made()
        self._vehicles: Mapping[str, Vehicle] = {}
        self._models: Mapping[str, TerminalModel] = self._ready_made

    def vehicle(self, device_id: str) -> Vehicle | None:
        """The vehicle that carries a device, None where none does."""
        return self._vehicles.get(device_id)

    def model(self, model_id: str | None) -> TerminalModel:
        """A model; where it is unknown the one that claims to know no signal."""
        return self._models.get(model_id or DEFAULT_MODEL) or self._ready_made[DEFAULT_MODEL]

    async def look(self) -> None:
        """Take over the version in force, if it is another."""
        found = await self._store.registry_at(self._now_ms())
        if found is None or found.version == self._version:
            return
        registry = await asyncio.to_thread(check, found.document)
        if isinstance(registry, Registry):
            self._vehicles = {one.device_id: one for one in registry.vehicles if one.device_id is not None}
            self._models = self._ready_made | models_of(registry)
        self._version = found.version

    async def watch(self, stop: asyncio.Event) -> None:
        """Look again and again until stopped."""
        while not stop.is_set():
            with contextlib.suppress(StorageUnavailable):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)


def models_of(registry: Registry) -> dict[str, TerminalModel]:
    """The registry's own models of terminals; one that cannot be used is left out, and said."""
    models = {}
    for one in registry.device_models:
        try:
            models[one.id] = model_of({"id": one.id, "name": one.name, "signals": one.signals})
        except ModelError as error:
            _log.error("model unusable", action="gateway_model_unusable", model=one.id, error=str(error))
    return models
