"""An alert as one sentence in a terminal: what happened, with the one number that convicts.

The page has its own words in both languages; this is for whoever watches `haulwatch up`.
"""

from collections.abc import Mapping
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
    SignalEvidence,
    SignKind,
    SilenceEvidence,
    SpeedEvidence,
    StopEvidence,
    TamperEvidence,
    WashEvidence,
)
from alerts.station_evidence import CappedEvidence, DustEvidence, SensorEvidence


def sentence(evidence: str | bytes, zone_names: Mapping[str, str] | None = None) -> str:
    """What the evidence of an alert (JSON) says; nothing where it is of a kind that this release does not know.

    Zones are called by their names where these are given, else by their ids.
    """
    # Spelled as Any because a union alias is no class in the eyes of the type checker.
    kinds: Any = Evidence
    try:
        return _say(msgspec.json.decode(evidence, type=kinds), zone_names or {})
    except msgspec.DecodeError:
        return ""  # a newer release may have stored it; one line must not end the service


def _say(evidence: Evidence, zone_names: Mapping[str, str]) -> str:
    match evidence:
        case DumpingEvidence():
            return _dumping(evidence)
        case OffRouteEvidence(farthest_m=metres, held_s=held_s):
            return f"up to {metres:.0f} m off its approved route for {_span(held_s)}"
        case HoursEvidence(moving_s=moving_s):
            return f"hauling outside the permitted hours, {_span(moving_s)} on the move"
        case NoPermitEvidence(site_zone_id=site):
            return f"left {zone_names.get(site, site)} loaded without a permit in force"
        case ForbiddenEvidence(zone_id=zone, passed_through_m=None):
            return f"inside the no-go area {zone_names.get(zone, zone)}"
        case ForbiddenEvidence(zone_id=zone, passed_through_m=metres):
            return f"drove {metres:.0f} m through the no-go area {zone_names.get(zone, zone)}"
        case CoverEvidence(moving_s=moving_s):
            return f"loaded and moving with the cover open for {_span(moving_s)}"
        case SpeedEvidence(top_speed_kmh=top, limit_kmh=limit):
            return f"{top:.0f} km/h where {limit:.0f} are allowed"
        case SilenceEvidence(allowed_s=allowed_s):
            return f"silent for more than {_span(allowed_s)}"
        case DustEvidence():
            return (
                f"{evidence.quantity} {evidence.peak:.0f} over the limit of {evidence.limit:.0f} "
                f"in {evidence.windows_over} window{'s' if evidence.windows_over > 1 else ''} "
                f"of {_span(evidence.window_s)}"
            )
        case SensorEvidence(runs=runs):
            return "readings that cannot be believed: " + ", ".join(
                f"{run.kind}{f' {run.quantity}' if run.quantity else ''}" for run in runs
            )
        case CappedEvidence(particulates=particulates):
            return "readings that look trimmed or made up: " + ", ".join(
                f"{one.top} of {one.readings:,} of {one.quantity} just under {one.maximum:.0f}"
                for one in particulates
            )
        case DistrictEvidence(held_s=held_s):
            return f"hauling outside every district for {_span(held_s)}"
        case OverloadEvidence(weight_t=weight_t, max_load_t=most_t):
            return f"{weight_t:.1f} t where {most_t:.1f} t may be carried"
        case StopEvidence(stay_s=stay_s):
            return f"stood loaded for {_span(stay_s)}, away from every zone"
        case OverdueEvidence(site_zone_id=site, max_trip_min=minutes):
            return f"left {zone_names.get(site, site)} more than {minutes:.0f} min ago and has not arrived"
        case WashEvidence(site_zone_id=site):
            return f"left {zone_names.get(site, site)} without a wash"
        case CollectionEvidence(run_id=run, stop_id=stop, heard=heard):
            return f"stop {stop} of {run} not served{'' if heard else '; its terminal was not heard'}"
        case TamperEvidence(alarms=alarms):
            return f"the terminal says {', '.join(alarms).replace('_', ' ')}"
        case PositionFaultEvidence(outliers=()):
            return "its place stands still while it reports speed"
        case PositionFaultEvidence(outliers=outliers):
            return f"{len(outliers)} places that cannot be believed"
        case SignalEvidence(signals=signals):
            return "signals that cannot be believed: " + ", ".join(one.signal for one in signals)
        case ConflictEvidence(alternations_ms=times, apart_m=apart_m):
            return f"{len(times)} changes between two tracks {apart_m / 1000:.1f} km apart under one id"
        case DumpSiteEvidence(vehicles=vehicles, dumpings=dumpings, stays=stays):
            return f"{vehicles} vehicles unloaded or lingered there: {dumpings} loads, {stays} loaded stays"
    assert_never(evidence)


def _dumping(evidence: DumpingEvidence) -> str:
    far = (
        ""
        if evidence.nearest_allowed_m is None
        else f", {evidence.nearest_allowed_m / 1000:.1f} km from where it may"
    )
    if not evidence.signs:
        return f"stood {_span(evidence.stay_s or 0)} while loaded, away from every zone{far}"
    weights = next(
        (
            f"weight {s.weight_before_t:.1f} → {s.weight_after_t:.1f} t"
            for s in evidence.signs
            if s.weight_before_t is not None and s.weight_after_t is not None
        ),
        SignKind.WEIGHT.value,
    )
    kinds = dict.fromkeys(sign.kind for sign in evidence.signs)
    signs = " and ".join(weights if kind is SignKind.WEIGHT else kind.value for kind in kinds)
    return f"unloaded where it may not{far} (by {signs})"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
