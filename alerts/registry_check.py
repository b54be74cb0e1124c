"""All that a registry document has to pass before a ruleset can be built of it: its fields, shapes and parameters."""

from alerts.parameters import KINDS, param_problems
from domain.problem import Problem
from domain.registry import Registry, check
from geofence.shape import shape_problems


def check_whole(document: bytes) -> Registry | list[Problem]:
    """Read a registry document; return it, or every problem in it with its JSON path.

    Shapes and parameters are looked at once all fields can be read.
    """
    registry = check(document)
    if not isinstance(registry, Registry):
        return registry
    params = (
        problem
        for number, rule in enumerate(registry.rules or ())
        if rule.enabled and rule.kind in KINDS
        for problem in param_problems(rule, f"$.rules[{number}]")
    )
    return [*shape_problems(registry), *params] or registry
