"""The models of terminals that there are: the ready-made ones, and those of a registry."""

from collections.abc import Iterable

from domain.vehicle import DeviceModel
from protocols.jt808.model import ModelError, TerminalModel, model_of, ready_made

DEFAULT_MODEL = "generic"
"""The one that claims no signal."""


def catalogue(own: Iterable[DeviceModel]) -> dict[str, TerminalModel]:
    """All models by id; an own one takes the place of a ready-made one, and one that is no terminal's is left out."""
    models = ready_made()
    for one in own:
        try:
            models[one.id] = own_model(one)
        except ModelError:
            continue
    return models


def own_model(one: DeviceModel) -> TerminalModel:
    """A registry's model as a terminal's; raises ModelError with the field at fault."""
    return model_of({"id": one.id, "name": one.name, "signals": one.signals})
