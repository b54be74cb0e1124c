"""Every kind of evidence has its sentence: one without would end `haulwatch up` at its first alert."""

import typing

import msgspec
import pytest

from alerts.evidence import DumpingEvidence, Evidence, ForbiddenEvidence, Sign, SignKind
from domain.identifiers import ZoneId
from haulwatch.sentences import sentence

KINDS = typing.get_args(Evidence)


def _least(kind: object) -> object:
    """The least a field of this type may hold."""
    if kind is str or getattr(kind, "__supertype__", None) is str:
        return "x"
    if kind in {float, int, bool}:
        return kind(1)  # type: ignore[operator]
    if typing.get_origin(kind) is tuple:
        return ()
    if isinstance(kind, type) and issubclass(kind, str):
        return next(iter(kind))  # type: ignore[call-overload]
    return None


def _made(kind: type) -> object:
    hints = typing.get_type_hints(kind)
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return kind(**{name: _least(hints[name]) for name in required})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_evidence_has_a_sentence(kind: type) -> None:
    assert len(sentence(msgspec.json.encode(_made(kind)))) > 5


def test_a_sign_that_came_twice_is_named_once() -> None:
    signs = tuple(
        Sign(kind=kind, at_ms=n) for n, kind in enumerate((SignKind.LIFT, SignKind.LOAD, SignKind.LIFT))
    )
    said = sentence(msgspec.json.encode(DumpingEvidence(signs=signs, load_before="full")))
    assert said == "unloaded where it may not (by lift and load)"


def test_the_weights_stand_beside_their_own_sign() -> None:
    signs = (
        Sign(kind=SignKind.WEIGHT, at_ms=0, weight_before_t=19.96, weight_after_t=13.9),
        Sign(kind=SignKind.LOAD, at_ms=1),
    )
    said = sentence(msgspec.json.encode(DumpingEvidence(signs=signs, load_before="full")))
    assert said == "unloaded where it may not (by weight 20.0 → 13.9 t and load)"


def test_a_zone_is_called_by_its_name_where_that_is_known() -> None:
    evidence = msgspec.json.encode(ForbiddenEvidence(zone_id=ZoneId("NOGO-1")))
    assert sentence(evidence, {"NOGO-1": "老城历史街区"}) == "inside the no-go area 老城历史街区"
    assert sentence(evidence) == "inside the no-go area NOGO-1"
