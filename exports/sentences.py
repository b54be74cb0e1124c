"""An alert as one sentence: the number that convicts, in the words of the page.

Beside it stands the rule, so that a sentence does not say again what was broken.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, assert_never

import msgspec

from alerts.evidence import (
    CollectionEvidence,
    ConflictEvidence,
    CoverEvidence,
    DistrictEvidence,
    DumpingEvidence,
    DumpSiteEvidence,
    Evidence,
    ForbiddenEvidence,
    HoursEvidence,
    NoPermitEvidence,
    OffRouteEvidence,
    OverdueEvidence,
    OverloadEvidence,
    PositionFaultEvidence,
    Sign,
    SignalEvidence,
    SignKind,
    SilenceEvidence,
    SpeedEvidence,
    StopEvidence,
    TamperEvidence,
    WashEvidence,
)
from alerts.station_evidence import CappedEvidence, DustEvidence, SensorEvidence, SensorRun
from domain.localtime import local_rfc3339
from domain.quantity import UNITS
from exports.sentence_words import SENTENCES, TERMS
from exports.words import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")

# Made once: a union is looked through anew for each decoder. Spelled as Any because its alias is no class in the eyes
# of the type checker.
_KINDS: Any = Evidence
_DECODER = msgspec.json.Decoder(_KINDS)


class Sayer:
    """Says evidence in one language; zones are called by their names where these are given, else by their ids."""

    def __init__(self, language: Language, zone_names: Mapping[str, str], zone: tzinfo) -> None:
        """Speak a language; `zone` is that of the clock on the wall."""
        self._language = language
        self._at = 0 if language == "zh" else 1
        self._zone_names = zone_names
        self._zone = zone

    def say(self, evidence: Evidence, on_site: int = 0) -> str:
        """What convicts; `on_site` counts the vehicles that were on a station's site."""
        match evidence:
            case DumpingEvidence():
                return self._dumping(evidence)
            case OffRouteEvidence(farthest_m=farthest_m, held_s=held_s):
                return self._t("ev_off_route", m=metres(farthest_m), d=self._span(held_s))
            case HoursEvidence(moving_s=moving_s):
                return self._t("ev_hours", d=self._span(moving_s))
            case NoPermitEvidence(site_zone_id=site):
                return self._t("ev_no_permit", site=self._name(site))
            case ForbiddenEvidence(zone_id=zone, passed_through_m=run_m):
                if run_m is None:
                    return self._t("ev_inside", zone=self._name(zone))
                return self._t("ev_passed", zone=self._name(zone), m=metres(run_m))
            case CoverEvidence(moving_s=moving_s):
                return self._t("ev_cover", d=self._span(moving_s))
            case SpeedEvidence(top_speed_kmh=top, limit_kmh=limit):
                return self._t("ev_speed", v=number(top), limit=number(limit))
            case SilenceEvidence(allowed_s=allowed_s):
                return self._t("ev_silence", d=self._span(allowed_s))
            case DustEvidence():
                return self._dust(evidence, on_site)
            case SensorEvidence(runs=runs):
                return self._clauses(*(self._run(run) for run in runs))
            case CappedEvidence(particulates=particulates):
                return self._clauses(
                    *(
                        self._t("ev_capped", quantity=self._term(one.quantity), top=number(one.top),
                                n=number(one.readings), v=number(one.maximum))
                        for one in particulates
                    )
                )  # fmt: skip
            case DistrictEvidence(held_s=held_s):
                return self._t("ev_district", d=self._span(held_s))
            case OverloadEvidence(weight_t=weight_t, max_load_t=most_t):
                return self._t("ev_overload", a=number(weight_t, 1), b=number(most_t, 1))
            case StopEvidence(stay_s=stay_s):
                return self._t("ev_stop", d=self._span(stay_s))
            case OverdueEvidence(max_trip_min=minutes):
                return self._t("ev_overdue", d=self._span(minutes * 60))
            case WashEvidence(site_zone_id=site):
                return self._t("ev_wash", site=self._name(site))
            case CollectionEvidence():
                return self._missed(evidence)
            case TamperEvidence(alarms=alarms):
                return self._t("ev_tamper", alarms=self._list(*(self._term(alarm) for alarm in alarms)))
            case PositionFaultEvidence(outliers=outliers, stuck_since_ms=None):
                return self._t("ev_outliers", n=len(outliers))
            case PositionFaultEvidence():
                return self._t("ev_place_stuck")
            case SignalEvidence(signals=signals):
                kinds = ("cover", "lift")
                return self._clauses(
                    *(
                        self._t(f"ev_signal_{one.signal if one.signal in kinds else 'weight'}")
                        for one in signals
                    )
                )
            case ConflictEvidence(apart_m=apart_m):
                return self._t("ev_conflict", m=metres(apart_m))
            case DumpSiteEvidence(vehicles=vehicles, dumpings=dumpings, stays=stays):
                return self._t("ev_dump_site", n=vehicles, a=dumpings, b=stays)
        assert_never(evidence)

    def _dumping(self, evidence: DumpingEvidence) -> str:
        # A sign that came twice is named once.
        signs = list(dict.fromkeys(self._sign(sign) for sign in evidence.signs))
        parts = signs or [self._t("ev_stay", d=self._span(evidence.stay_s or 0))]
        if evidence.nearest_allowed_m is not None:
            parts.insert(0, self._t("ev_nearest", d=metres(evidence.nearest_allowed_m)))
        return self._list(*parts)

    def _sign(self, sign: Sign) -> str:
        if sign.kind is not SignKind.WEIGHT:
            return self._t(f"ev_sign_{sign.kind.value}")
        return self._t("ev_sign_weight", a=_weight(sign.weight_before_t), b=_weight(sign.weight_after_t))

    def _dust(self, evidence: DustEvidence, on_site: int) -> str:
        peak = self._t(
            "ev_dust", quantity=self._term(evidence.quantity), v=number(evidence.peak),
            limit=number(evidence.limit), unit=UNITS[evidence.quantity],
        )  # fmt: skip
        return self._list(peak, self._t("ev_on_site", n=on_site)) if on_site else peak

    def _run(self, run: SensorRun) -> str:
        known = ("stuck", "pm25_above_pm10", "flag")
        quantity = "" if run.quantity is None else self._term(run.quantity)
        value = "" if run.value is None else number(run.value, 1)
        name = f"ev_{run.kind if run.kind in known else 'out_of_range'}"
        return self._t(name, quantity=quantity, n=run.readings, v=value, flag=run.flag or "")

    def _missed(self, evidence: CollectionEvidence) -> str:
        stop = evidence.stop_id
        if evidence.visited_later_ms is not None:
            at = local_rfc3339(evidence.visited_later_ms, self._zone)[11:19]
            return self._t("ev_missed_later", stop=stop, at=at)
        return self._t("ev_missed" if evidence.heard else "ev_missed_silent", stop=stop)

    def _t(self, name: str, **values: object) -> str:
        return SENTENCES[name][self._at].format(**values)

    def _term(self, name: str) -> str:
        found = TERMS.get(name)
        return name if found is None else found[self._at]

    def _name(self, zone_id: str) -> str:
        return self._zone_names.get(zone_id, zone_id)

    def _list(self, *parts: str) -> str:
        return ("，" if self._language == "zh" else ", ").join(parts)

    def _clauses(self, *parts: str) -> str:
        return ("；" if self._language == "zh" else "; ").join(parts)

    def _span(self, seconds: float) -> str:
        units = ("秒", "分钟", "小时", "天") if self._language == "zh" else ("s", "min", "h", "days")
        whole_s = max(0, round_half_up(seconds))
        if whole_s < 90:
            return f"{whole_s} {units[0]}"
        if round_half_up(whole_s / 60) < 90:
            return f"{round_half_up(whole_s / 60)} {units[1]}"
        if whole_s < 48 * 3600:
            return f"{_trim(whole_s / 3600)} {units[2]}"
        return f"{round_half_up(whole_s / 86_400)} {units[3]}"


def sentences(
    evidence: str | bytes, zone_names: Mapping[str, str], zone: tzinfo, *, on_site: int = 0
) -> dict[str, str]:
    """What the evidence of an alert (JSON) says, by language; nothing where this release does not know its kind."""
    try:
        found = _DECODER.decode(evidence)
    except msgspec.DecodeError:
        return {}  # a newer release may have stored it; one line must not end the service
    return {language: Sayer(language, zone_names, zone).say(found, on_site) for language in LANGUAGES}


def metres(length_m: float) -> str:
    """A length as people read it."""
    return f"{round_half_up(length_m)} m" if length_m < 995 else f"{_trim(length_m / 1000)} km"


def number(value: float, digits: int = 0) -> str:
    """A number with thousands set apart, and decimals where there are any."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def round_half_up(value: float) -> int:
    """As the page rounds."""
    return int(value + 0.5)


def _weight(weight_t: float | None) -> str:
    return "?" if weight_t is None else number(weight_t, 1)


def _trim(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
