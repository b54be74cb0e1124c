"""Every kind of evidence has its sentence in both languages: one without would end `haulwatch up` at its first alert."""

import re
import typing
from datetime import UTC
from pathlib import Path

import msgspec
import pytest

from alerts.evidence import DumpingEvidence, Evidence, ForbiddenEvidence, OffRouteEvidence, Sign, SignKind
from alerts.station_evidence import DustEvidence
from domain.identifiers import LimitId, PermitId, ZoneId
from domain.quantity import Quantity
from exports.sentence_words import SENTENCES, TERMS
from exports.sentences import sentences

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


def said(evidence: object, zone_names: dict[str, str] | None = None, **more: int) -> dict[str, str]:
    return sentences(msgspec.json.encode(evidence), zone_names or {}, UTC, **more)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_evidence_has_a_sentence(kind: type) -> None:
    made = _made(kind)
    found = said(made)
    is_empty_list = any(getattr(made, name, None) == () for name in ("runs", "signals", "particulates"))
    assert is_empty_list or all(len(one) > 2 for one in found.values())
    assert found.keys() == {"zh", "en"}


def test_evidence_of_a_later_release_says_nothing() -> None:
    assert sentences(b'{"type": "of_next_year"}', {}, UTC) == {}


def test_the_words_are_those_of_the_page() -> None:
    parts = sorted((Path(__file__).parents[2] / "web/src/words").glob("*.ts"))
    page = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    told = {
        name: (zh, en)
        for name, zh, en in re.findall(
            r"^  (\w+): \{\s*zh: '([^']*)',\s*en: '([^']*)',?\s*\}", page, re.MULTILINE
        )
    }
    assert {name: told[name] for name in SENTENCES | TERMS} == SENTENCES | TERMS
    assert {name for name in told if name.startswith("ev_")} == SENTENCES.keys()


def test_a_sign_that_came_twice_is_named_once() -> None:
    signs = tuple(
        Sign(kind=kind, at_ms=n) for n, kind in enumerate((SignKind.LIFT, SignKind.LOAD, SignKind.LIFT))
    )
    found = said(DumpingEvidence(signs=signs, load_before="full", nearest_allowed_m=1820.0))
    assert found == {
        "zh": "距许可消纳场 1.8 km，车厢举升，重车变空车",
        "en": "1.8 km from an allowed site, body raised, loaded to empty",
    }


def test_the_weights_stand_beside_their_own_sign() -> None:
    signs = (
        Sign(kind=SignKind.WEIGHT, at_ms=0, weight_before_t=19.96, weight_after_t=13.9),
        Sign(kind=SignKind.LOAD, at_ms=1),
    )
    found = said(DumpingEvidence(signs=signs, load_before="full"))
    assert found["en"] == "payload 20→13.9 t, loaded to empty"


def test_a_zone_is_called_by_its_name_where_that_is_known() -> None:
    evidence = ForbiddenEvidence(zone_id=ZoneId("NOGO-1"))
    assert said(evidence, {"NOGO-1": "老城历史街区"})["zh"] == "进入老城历史街区"
    assert said(evidence)["en"] == "entered NOGO-1"


@pytest.mark.parametrize(
    ("held_s", "zh", "en"),
    [
        (89.4, "89 秒", "89 s"),
        (90, "2 分钟", "2 min"),
        (5_369, "89 分钟", "89 min"),
        (5_400, "1.5 小时", "1.5 h"),
        (7_200, "2 小时", "2 h"),
        (172_800, "2 天", "2 days"),
    ],
)
def test_a_span_is_said_as_the_page_says_it(held_s: float, zh: str, en: str) -> None:
    found = said(OffRouteEvidence(permit_id=PermitId("p"), route_ids=(), farthest_m=420, held_s=held_s))
    assert found == {
        "zh": f"偏离核准路线最远 420 m，持续 {zh}",
        "en": f"up to 420 m off the approved route, for {en}",
    }


def test_vehicles_on_site_are_counted_beside_the_peak() -> None:
    evidence = DustEvidence(
        limit_id=LimitId("l"), quantity=Quantity.PM10, limit=150, window_s=900, peak=1213.6, windows_over=1,
        allowed_per_day=0, windows=(),
    )  # fmt: skip
    assert said(evidence)["en"] == "PM10 peak 1,214, limit 150 µg/m³"
    assert said(evidence, on_site=2)["zh"] == "PM10 峰值 1,214，限值 150 µg/m³，超标时段场内 2 辆车"
