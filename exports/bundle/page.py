"""The page of a bundle, for people: one HTML file without scripts that prints well, in one language.

It says what the files beside it say, drawn and in words; where the two differed, the files would count.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import msgspec

from alerts.evidence import DumpingEvidence, DumpSiteEvidence
from alerts.evidence_refs import ids_in
from alerts.rule_words import rule_words
from alerts.ruleset import rule_of
from alerts.station_evidence import CappedEvidence, DustEvidence, SensorEvidence
from domain.identifiers import LimitId
from domain.legal_limits import LEGAL_LIMITS
from domain.limit_document import limit_document
from domain.localtime import local_rfc3339
from domain.permit_document import permit_document
from domain.quantity import Quantity
from domain.registry import Registry
from domain.report import Cover, DustReport, PositionReport
from exports.bundle.contents import POSITIONS, READINGS, Contents
from exports.bundle.curve import Curve, Strip, curve
from exports.bundle.cutting import read
from exports.bundle.handled import file_name
from exports.bundle.manifest import FileSum, Judging
from exports.bundle.page_style import STYLE
from exports.bundle.page_words import ACTS, FIELDS, VALUES, WORDS
from exports.bundle.picture import Scene, has_picture, legend, picture
from exports.sentence_words import TERMS
from exports.sentences import Sayer, metres, number
from exports.words import Language, word
from geofence.shape import registry_plane
from storage.exhibits import Exhibit
from storage.records import AlertRow

PAGE = "index.html"
MOST_ROWS = 40
"""Rows of reports on the page; the files have all."""
_MOST_ITEMS = 24


def page(
    exhibit: Exhibit, contents: Contents, judging: Judging, sums: Sequence[FileSum], language: Language
) -> bytes:
    """The page as bytes."""
    return _Page(exhibit, contents, language).html(judging, sums).encode()


class _Page:
    def __init__(self, exhibit: Exhibit, contents: Contents, language: Language) -> None:
        self._exhibit, self._contents, self._language = exhibit, contents, language
        self._at = 0 if language == "zh" else 1
        self._alert: AlertRow = exhibit.case.alert
        self._evidence = exhibit.case.evidence
        number = None if exhibit.case.registry is None else exhibit.case.registry.version
        document = next((one.document for one in contents.versions if one.number == number), None)
        self._registry = Registry() if document is None else read(document)
        self._zone = self._registry.zone_info
        self._zone_names: Mapping[str, str] = {zone.id: zone.name or zone.id for zone in self._registry.zones}

    def html(self, judging: Judging, sums: Sequence[FileSum]) -> str:
        parts = [
            self._heading(),
            self._facts(),
            self._pictures(),
            self._rule(),
            self._conditions(),
            self._terms(),
            self._decisive(),
            self._changes(),
            self._handled(),
            self._completeness(),
            self._judging(judging),
            self._files(sums),
        ]
        title = f"{self._kind()} · {self._alert.id}"
        return (
            f'<!doctype html>\n<html lang="{"zh-CN" if self._language == "zh" else "en"}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
            'img-src * file:">'
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
            f"<body><main>{''.join(parts)}</main></body></html>\n"
        )

    def _t(self, name: str, **values: object) -> str:
        return escape(WORDS[name][self._at].format(**values))

    def _clock(self, at_ms: int | None) -> str:
        """An instant by the clock on the wall, to the second."""
        return "" if at_ms is None else local_rfc3339(at_ms, self._zone)[:19].replace("T", " ")

    def _kind(self) -> str:
        name = word(self._alert.rule, self._language)
        is_suspected = isinstance(self._evidence, DumpingEvidence) and not self._evidence.signs
        return (WORDS["suspected"][self._at] if is_suspected else "") + name

    def _heading(self) -> str:
        on_site = len(self._evidence.vehicles_on_site) if isinstance(self._evidence, DustEvidence) else 0
        sentence = Sayer(self._language, self._zone_names, self._zone).say(self._evidence, on_site)
        gone = self._alert.withdrawn
        note = "" if gone is None else f'<p class="gone">{self._t("withdrawn")}{escape(gone)}</p>'
        return (
            f'<header><p class="kicker">{self._t("kicker")} · Haulwatch</p><h1>{escape(self._kind())}</h1>'
            f'<p class="sentence">{escape(sentence)}</p>{note}</header>'
        )

    def _facts(self) -> str:
        alert, rows = self._alert, [("alert", str(self._alert.id))]
        vehicle = next((one for one in self._registry.vehicles if one.id == alert.vehicle_id), None)
        if alert.vehicle_id is not None:
            rows.append(("vehicle", (vehicle.plate if vehicle else "") or alert.vehicle_id))
        company = next(
            (one for one in self._registry.companies if vehicle is not None and one.id == vehicle.company_id),
            None,
        )
        if company is not None:
            rows.append(("company", company.name or company.id))
            rows += [("uscc", company.uscc)] if company.uscc else []
        station = next((one for one in self._registry.stations if one.id == alert.station_id), None)
        if alert.station_id is not None:
            rows.append(("station", (station.name if station else "") or alert.station_id))
        rows += [("area", alert.area)] if alert.area is not None else []
        rows += [("device", alert.device_id)] if alert.device_id is not None else []
        ended = self._clock(alert.ended_ms) if alert.ended_ms is not None else WORDS["ongoing"][self._at]
        rows += [
            ("from", self._clock(alert.started_ms)),
            ("to", ended),
            ("detected", self._clock(alert.detected_ms)),
        ]
        if alert.lon is not None and alert.lat is not None:
            rows.append(("where", f"{alert.lon:.6f}, {alert.lat:.6f}"))
        district = next((one.name for one in self._registry.districts if one.id == alert.district_id), "")
        rows += [("district", district or alert.district_id)] if alert.district_id is not None else []
        rows += [("zones", self._names(alert.zone_ids))] if alert.zone_ids else []
        late = f" · {WORDS['found_late'][self._at]}" if alert.found_late else ""
        rows += [("severity", word(alert.severity, self._language)), ("revision", f"{alert.revision}{late}")]
        registry = self._exhibit.case.registry
        if registry is not None:
            since = WORDS["since"][self._at].format(at=self._clock(registry.effective_from_ms))
            rows.append(("registry", f"{registry.version} · {since}"))
        shown = [(WORDS[name][self._at], escape(value)) for name, value in rows]
        return self._section("what", _pairs(shown) + _note(self._t("times", zone=self._registry.timezone)))

    # -- pictures

    def _pictures(self) -> str:
        drawn = [self._map(), self._way_curve(), self._reading_curve()]
        return "".join(f"<figure>{one}</figure>" for one in drawn if one)

    def _span(self) -> tuple[int, int]:
        ended_ms = self._alert.detected_ms if self._alert.ended_ms is None else self._alert.ended_ms
        return self._alert.started_ms, max(ended_ms, self._alert.started_ms)

    def _seen(self) -> list[PositionReport]:
        span = self._exhibit.case.span
        return [one for one in self._contents.positions if span.from_ms <= one.time_ms <= span.to_ms]

    def _map(self) -> str:
        alert, (from_ms, to_ms) = self._alert, self._span()
        station = next((one for one in self._registry.stations if one.id == alert.station_id), None)
        lon, lat = alert.lon, alert.lat
        if lon is None and station is not None:
            lon, lat = station.lon, station.lat
        others = self._evidence.members if isinstance(self._evidence, DumpSiteEvidence) else ()
        scene = Scene(
            plane=registry_plane(self._registry),
            zones=self._registry.zones,
            routes=self._registry.routes,
            positions=self._seen(),
            from_ms=from_ms,
            to_ms=to_ms,
            place=None if lon is None or lat is None else (lon, lat),
            others=[(one.lon, one.lat) for one in others],
        )
        if not has_picture(scene):
            return ""
        return picture(scene, self._language) + f"<figcaption>{legend(scene, self._language)}</figcaption>"

    def _way_curve(self) -> str:
        seen = self._seen()
        if len(seen) < 2:
            return ""
        strips = [
            self._strip("load", seen, lambda one: None if one.load is None else one.load.value),
            self._strip("lift", seen, lambda one: "true" if one.lift else None, "raised"),
            self._strip("cover", seen, lambda one: "open" if one.cover is Cover.OPEN else None),
            self._strip("ignition", seen, lambda one: "true" if one.ignition else None, "on"),
        ]
        limit = getattr(self._evidence, "limit_kmh", None)
        return self._curve(
            WORDS["speed"][self._at],
            "km/h",
            [(one.time_ms, one.speed_kmh) for one in seen],
            level=limit,
            strips=[strip for strip in strips if strip.spans],
        )

    def _strip(
        self,
        name: str,
        seen: Sequence[PositionReport],
        state_of: Callable[[PositionReport], str | None],
        word_name: str | None = None,
    ) -> Strip:
        """A signal over time: a state holds until the next report."""
        spans: list[tuple[int, int, str, str]] = []
        for one, after in itertools.pairwise(seen):
            state = state_of(one)
            if state is None:
                continue
            told = WORDS.get(word_name or state)
            if spans and spans[-1][1] == one.time_ms and spans[-1][2] == state:
                spans[-1] = (spans[-1][0], after.time_ms, state, spans[-1][3])
            else:
                spans.append((one.time_ms, after.time_ms, state, state if told is None else told[self._at]))
        return Strip(label=WORDS[name][self._at], spans=[one for one in spans if one[2] != "empty"])

    def _reading_curve(self) -> str:
        readings = [one for one in self._contents.readings if self._is_near(one)]
        quantity, level = self._quantity(readings)
        if quantity is None or len(readings) < 2:
            return ""
        unit = "dB" if quantity is Quantity.NOISE else "µg/m³"
        name = TERMS[quantity.value][self._at] if quantity.value in TERMS else quantity.value
        points = [(one.time_ms, one.values.get(quantity)) for one in readings]
        return self._curve(name, unit, points, level=level)

    def _is_near(self, reading: DustReport) -> bool:
        span = self._exhibit.case.span
        return span.from_ms <= reading.time_ms <= span.to_ms

    def _quantity(self, readings: Sequence[DustReport]) -> tuple[Quantity | None, float | None]:
        evidence = self._evidence
        if isinstance(evidence, DustEvidence):
            return evidence.quantity, evidence.limit
        named: list[Quantity | None] = []
        if isinstance(evidence, SensorEvidence):
            named = [one.quantity for one in evidence.runs]
        if isinstance(evidence, CappedEvidence):
            named = [one.quantity for one in evidence.particulates]
        read = [quantity for one in readings for quantity in one.values]
        return next((one for one in (*named, *read) if one is not None), None), None

    def _curve(
        self,
        title: str,
        unit: str,
        points: Sequence[tuple[int, float | None]],
        *,
        level: float | None,
        strips: Sequence[Strip] = (),
    ) -> str:
        given = Curve(
            title=title,
            unit=unit,
            points=points,
            from_ms=points[0][0],
            to_ms=points[-1][0],
            alert_ms=self._span(),
            level=level,
            level_word="" if level is None else WORDS["limit_line"][self._at].format(v=number(level, 1)),
            alert_word=WORDS["band"][self._at],
            strips=strips,
        )
        is_long = given.to_ms - given.from_ms > 86_400_000
        clock = (
            (lambda at_ms: self._clock(at_ms)[5:16]) if is_long else (lambda at_ms: self._clock(at_ms)[11:19])
        )
        return curve(given, clock) + f"<figcaption>{escape(title)} ({escape(unit)})</figcaption>"

    # -- why

    def _rule(self) -> str:
        rule = rule_of(self._registry, self._alert.rule_id)
        if rule is None:
            return ""
        words = rule_words(rule.kind, rule.params)[self._language]
        numbers = ", ".join(f"{name} {value:g}" for name, value in sorted(rule.params.items()))
        rows = [
            (WORDS["holds"][self._at], escape(words.holds)),
            (WORDS["ends"][self._at], escape(words.ends)),
        ]
        rows += [(WORDS["numbers"][self._at], f"<code>{escape(numbers)}</code>")] if numbers else []
        return self._section("rule", _pairs(rows))

    def _conditions(self) -> str:
        told = msgspec.json.decode(msgspec.json.encode(self._evidence))
        rows = [
            (self._field(name), self._value(name, value))
            for name, value in told.items()
            if name != "type" and value not in (None, [], "")
        ]
        return self._section("conditions", _pairs(rows)) if rows else ""

    def _field(self, name: str) -> str:
        return FIELDS[name][self._at] if name in FIELDS else name

    def _names(self, ids: Iterable[str]) -> str:
        return ", ".join(self._zone_names.get(one, one) for one in ids)

    def _value(self, name: str, value: Any) -> str:
        """One value of evidence as HTML: by what its name says that it is."""
        if isinstance(value, dict):
            inner = [(key, one) for key, one in value.items() if one not in (None, [], "")]
            return "; ".join(f"{escape(self._field(key))} {self._value(key, one)}" for key, one in inner)
        if isinstance(value, list):
            return self._several(name, value)
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self._t("yes" if value else "no")
        if name.endswith("_ms"):
            return escape(self._clock(value))
        if isinstance(value, int | float):
            return escape(self._measured(name, value))
        if "zone_id" in name:
            return escape(self._zone_names.get(value, value))
        known = VALUES.get(value) or TERMS.get(value)
        return escape(value if known is None else known[self._at])

    def _several(self, name: str, values: Sequence[Any]) -> str:
        if values and isinstance(values[0], dict):
            names = list(
                dict.fromkeys(key for one in values for key, inner in one.items() if inner is not None)
            )
            rows = [[self._value(key, one.get(key)) for key in names] for one in values[:_MOST_ITEMS]]
            more = f"<p>… {len(values)}</p>" if len(values) > _MOST_ITEMS else ""
            return _table([self._field(key) for key in names], rows) + more
        return ", ".join(self._value(name, one) for one in values)

    def _measured(self, name: str, value: float) -> str:
        endings = (("_kmh", "km/h"), ("_t", "t"), ("_ugm3", "µg/m³"), ("_db", "dB"), ("_s", "s"))
        if name.endswith("_m"):
            return metres(value)
        if name in ("lon", "lat"):
            return f"{value:.6f}"
        if name in ("coverage", "min_coverage"):
            return f"{value:.0%}"
        unit = next((unit for ending, unit in endings if name.endswith(ending)), "")
        return f"{number(value, 1) if isinstance(value, float) else value} {unit}".rstrip()

    def _terms(self) -> str:
        """The permits and the limit that the evidence names, as the version had them."""
        named = set(ids_in(self._evidence, "permit"))
        parts = [
            self._section("permit", self._document(permit_document(one)), permit_id)
            for one in self._registry.permits
            if (permit_id := one.id) in named
        ]
        for limit_id in ids_in(self._evidence, "limit"):
            limit = self._registry.limit_terms.get(LimitId(limit_id))
            if limit is not None:
                ready_made = LEGAL_LIMITS.get(limit.id)
                is_that = ready_made is not None and ready_made.terms == limit
                source = (
                    self._t("source", source=ready_made.source) if ready_made is not None and is_that else ""
                )
                parts.append(
                    self._section("limit", self._document(limit_document(limit)) + _note(source), limit_id)
                )
        return "".join(parts)

    def _document(self, document: Mapping[str, Any]) -> str:
        rows = [
            (self._field(name), self._value(name, value)) for name, value in document.items() if name != "id"
        ]
        return _pairs(rows)

    # -- what is there besides

    def _decisive(self) -> str:
        reports: Sequence[PositionReport | DustReport] = self._contents.positions or self._contents.readings
        if not reports:
            return self._section("decisive", _note(self._t("no_reports"))) if self._alert.device_id else ""
        span = self._exhibit.case.span
        near = [one for one in reports if span.from_ms <= one.time_ms <= span.to_ms]
        ends = {one.time_ms for one in (*near[:1], *near[-1:])}
        decisive = [one for one in near if one.time_ms in span.decisive_ms or one.time_ms in ends][:MOST_ROWS]
        told = [_signals(one) for one in decisive]
        names = list(dict.fromkeys(name for one in told for name in one))
        heads = [
            WORDS["time"][self._at],
            WORDS["arrived"][self._at],
            *(self._signal_name(one) for one in names),
        ]
        rows = [
            [
                self._clock(one.time_ms),
                self._clock(one.received_ms)[11:],
                *(escape(said.get(name, "")) for name in names),
            ]
            for one, said in zip(decisive, told, strict=True)
        ]
        file = POSITIONS if self._contents.positions else READINGS
        note = _note(self._t("decisive_note", n=f"{len(reports):,}", file=file, k=len(decisive)))
        return self._section("decisive", _table(heads, rows) + note)

    def _signal_name(self, name: str) -> str:
        known = TERMS.get(name) or FIELDS.get(name) or WORDS.get(name)
        return name if known is None else known[self._at]

    def _changes(self) -> str:
        rows = []
        for change in self._exhibit.case.changes:
            alert = change.alert
            state = WORDS["ongoing"][self._at]
            if alert.ended_ms is not None:
                state = WORDS["until"][self._at].format(at=self._clock(alert.ended_ms))
            if alert.withdrawn is not None:
                state = WORDS["withdrawn"][self._at] + alert.withdrawn
            rows.append(
                [
                    str(change.number),
                    self._clock(change.at_ms),
                    word(alert.severity, self._language),
                    escape(state),
                    str(alert.revision),
                    str(alert.ruleset_version),
                ]
            )
        heads = [
            "#",
            *(WORDS[name][self._at] for name in ("time", "severity", "state", "revision", "registry")),
        ]
        return self._section("changes", _table(heads, rows))

    def _handled(self) -> str:
        handled = self._exhibit.handled
        if handled is None:
            return self._section("case", _note(self._t("no_case")))
        rows = [
            [
                self._clock(act.at_ms),
                escape(act.user_name),
                escape(ACTS[act.act][self._at] if act.act in ACTS else act.act),
                word(act.to_state, self._language),
                f'<span class="said">{escape(self._said(act.reason, act.detail))}</span>',
            ]
            for act in handled.log
        ]
        heads = [WORDS[name][self._at] for name in ("time", "who", "act", "state", "text")]
        shown = []
        for at, (kept, content) in enumerate(handled.files, start=1):
            name = file_name(at, kept)
            if content is None:
                shown.append(
                    f"<li>{escape(kept.name)} {self._t('file_left_out')} <code>{kept.sha256}</code></li>"
                )
            elif kept.media_type in ("image/jpeg", "image/png", "image/webp"):
                shown.append(
                    f'<li><img src="{name}" alt="{escape(kept.name)}"><br>{escape(kept.name)} ({name})</li>'
                )
            else:
                shown.append(f'<li><a href="{name}">{escape(kept.name)}</a> ({name})</li>')
        files = f'<ul class="files">{"".join(shown)}</ul>' if shown else ""
        number_of = WORDS["case_of"][self._at].format(n=handled.case.id)
        return self._section("case", _table(heads, rows) + files, number_of)

    def _said(self, reason: str, detail: str) -> str:
        """The texts of an act: its reason, what the field is told, and what was found."""
        told = msgspec.json.decode(detail)
        texts = [reason, told.get("assignee"), told.get("message"), told.get("text")]
        texts += [word(told["found"], self._language)] if told.get("found") else []
        return " · ".join(one for one in texts if one)

    def _completeness(self) -> str:
        if self._alert.device_id is None:
            return ""
        names = ("received", "stored", "duplicate", "rejected", "late")
        rows = [
            [row.day.isoformat(), *(f"{getattr(row, name):,}" for name in names)]
            for row in self._exhibit.case.account
        ]
        heads = [WORDS["day"][self._at], *(WORDS[name][self._at] for name in names)]
        refused = self._exhibit.refused
        note = _note(self._t("refused_note", n=len(refused), file="refused.ndjson")) if refused else ""
        return self._section("completeness", (_table(heads, rows) if rows else _note(self._t("none"))) + note)

    def _judging(self, judging: Judging) -> str:
        if judging.how == "none":
            said = self._t("judged_not", reason=judging.reason)
        else:
            said = self._t(f"judged_{judging.how}" if judging.agreed else "judged_other")
        checks = "".join(f"<li>{self._t(name)}</li>" for name in ("check_with", "check_without"))
        return self._section("judging", f"<p>{said}</p><ul>{checks}</ul><p>{self._t('proves')}</p>")

    def _files(self, sums: Sequence[FileSum]) -> str:
        rows = [[f"<code>{one.name}</code>", f"{one.size:,}", f"<code>{one.sha256}</code>"] for one in sums]
        return self._section(
            "files", _table([WORDS["files"][self._at], WORDS["bytes"][self._at], "SHA-256"], rows)
        )

    def _section(self, name: str, body: str, more: str = "") -> str:
        title = self._t(name) + (f" <small>{escape(more)}</small>" if more else "")
        return f'<section class="{name}"><h2>{title}</h2>{body}</section>'


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Names with values that are HTML already."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _note(text: str) -> str:
    return f'<p class="note">{text}</p>' if text else ""


def _signals(report: PositionReport | DustReport) -> dict[str, str]:
    """What a report says, as text, by name."""
    if isinstance(report, DustReport):
        flags = {quantity: f" [{flag.value}]" for quantity, flag in report.flags.items()}
        return {one.value: f"{value:g}{flags.get(one, '')}" for one, value in report.values.items()}
    said: dict[str, Any] = {
        "lon": None if report.lon is None else f"{report.lon:.6f}",
        "lat": None if report.lat is None else f"{report.lat:.6f}",
        "speed_kmh": report.speed_kmh,
        "load": report.load,
        "weight_t": report.weight_t,
        "lift": report.lift,
        "cover": report.cover,
        "ignition": report.ignition,
        "alarms": None if report.alarms is None else " ".join(report.alarms),
    }
    return {name: _plain(value) for name, value in said.items() if value is not None}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
