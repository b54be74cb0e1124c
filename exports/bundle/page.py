"""The page of a bundle, for people: one HTML file without scripts that prints well, in one language.

It says what the files beside it say, drawn and in words; where the two differed, the files would count.
"""

from collections.abc import Sequence
from html import escape

import msgspec

from alerts.evidence import DumpingEvidence
from alerts.evidence_refs import ids_in
from alerts.rule_words import rule_words
from alerts.ruleset import rule_of
from alerts.station_evidence import DustEvidence
from domain.identifiers import LimitId
from domain.legal_limits import LEGAL_LIMITS
from domain.limit_document import limit_document
from domain.permit_document import permit_document
from domain.registry import Registry
from exports.bundle.contents import Contents
from exports.bundle.cutting import read
from exports.bundle.manifest import FileSum, Judging
from exports.bundle.page_pictures import pictures
from exports.bundle.page_records import records
from exports.bundle.page_style import STYLE
from exports.bundle.page_values import Teller, note, pairs, table
from exports.sentences import Sayer
from exports.words import Language, word
from storage.exhibits import Exhibit

PAGE = "index.html"
_HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    'img-src * file:">'
)


def page(
    exhibit: Exhibit, contents: Contents, judging: Judging, sums: Sequence[FileSum], language: Language
) -> bytes:
    """The page as bytes."""
    raised_by = None if exhibit.case.registry is None else exhibit.case.registry.version
    document = next((one.document for one in contents.versions if one.number == raised_by), None)
    teller = Teller(language, Registry() if document is None else read(document))
    parts = [
        _heading(exhibit, teller),
        _facts(exhibit, teller),
        pictures(exhibit, contents, teller),
        _rule(exhibit, teller),
        _conditions(exhibit, teller),
        _terms(exhibit, teller),
        records(exhibit, contents, teller),
        _judging(judging, teller),
        _files(sums, teller),
    ]
    title = escape(f"{_kind(exhibit, teller)} · {exhibit.case.alert.id}")
    tongue = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{tongue}"><head>{_HEAD}<title>{title}</title><style>{STYLE}</style></head>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    ).encode()


def _kind(exhibit: Exhibit, teller: Teller) -> str:
    evidence = exhibit.case.evidence
    is_suspected = isinstance(evidence, DumpingEvidence) and not evidence.signs
    name = word(exhibit.case.alert.rule, teller.language)
    return (teller.word("suspected") if is_suspected else "") + name


def _heading(exhibit: Exhibit, teller: Teller) -> str:
    evidence = exhibit.case.evidence
    on_site = len(evidence.vehicles_on_site) if isinstance(evidence, DustEvidence) else 0
    sentence = Sayer(teller.language, teller.zone_names, teller.zone).say(evidence, on_site)
    gone = exhibit.case.alert.withdrawn
    withdrawn = "" if gone is None else f'<p class="gone">{teller.t("withdrawn")}{escape(gone)}</p>'
    return (
        f'<header><p class="kicker">{teller.t("kicker")} · Haulwatch</p><h1>{escape(_kind(exhibit, teller))}</h1>'
        f'<p class="sentence">{escape(sentence)}</p>{withdrawn}</header>'
    )


def _facts(exhibit: Exhibit, teller: Teller) -> str:
    alert, registry = exhibit.case.alert, exhibit.case.registry
    rows = [("alert", str(alert.id)), *_who(exhibit, teller)]
    ended = teller.word("ongoing") if alert.ended_ms is None else teller.clock(alert.ended_ms)
    rows += [
        ("from", teller.clock(alert.started_ms)),
        ("to", ended),
        ("detected", teller.clock(alert.detected_ms)),
    ]
    if alert.lon is not None and alert.lat is not None:
        rows.append(("where", f"{alert.lon:.6f}, {alert.lat:.6f}"))
    if alert.district_id is not None:
        named = next((one.name for one in teller.registry.districts if one.id == alert.district_id), "")
        rows.append(("district", named or alert.district_id))
    rows += [("zones", teller.names(alert.zone_ids))] if alert.zone_ids else []
    late = f" · {teller.word('found_late')}" if alert.found_late else ""
    rows += [("severity", word(alert.severity, teller.language)), ("revision", f"{alert.revision}{late}")]
    if registry is not None:
        is_before = registry.version == 1 and alert.started_ms < registry.effective_from_ms
        since = "since_first" if is_before else "since"
        in_force = teller.word(since, at=teller.clock(registry.effective_from_ms))
        rows.append(("registry", f"{registry.version} · {in_force}"))
    shown = [(teller.word(name), escape(value)) for name, value in rows]
    return teller.section("what", pairs(shown) + note(teller.t("times", zone=teller.registry.timezone)))


def _who(exhibit: Exhibit, teller: Teller) -> list[tuple[str, str]]:
    """Whom it is about, as the version that raised it had them."""
    alert, registry, rows = exhibit.case.alert, teller.registry, list[tuple[str, str]]()
    vehicle = next((one for one in registry.vehicles if one.id == alert.vehicle_id), None)
    if alert.vehicle_id is not None:
        rows.append(("vehicle", (vehicle.plate if vehicle else "") or alert.vehicle_id))
    owner = None if vehicle is None else vehicle.company_id
    for company in (one for one in registry.companies if one.id == owner):
        rows.append(("company", company.name or company.id))
        rows += [("uscc", company.uscc)] if company.uscc else []
    station = next((one for one in registry.stations if one.id == alert.station_id), None)
    if alert.station_id is not None:
        rows.append(("station", (station.name if station else "") or alert.station_id))
    rows += [("area", alert.area)] if alert.area is not None else []
    return [*rows, *([("device", alert.device_id)] if alert.device_id is not None else [])]


def _rule(exhibit: Exhibit, teller: Teller) -> str:
    rule = rule_of(teller.registry, exhibit.case.alert.rule_id)
    if rule is None:
        return ""
    words = rule_words(rule.kind, rule.params)[teller.language]
    rows = [(teller.word("holds"), escape(words.holds)), (teller.word("ends"), escape(words.ends))]
    if rule.params:
        rows.append((teller.word("numbers"), teller.value("numbers", dict(sorted(rule.params.items())))))
    return teller.section("rule", pairs(rows))


def _conditions(exhibit: Exhibit, teller: Teller) -> str:
    told = msgspec.json.decode(msgspec.json.encode(exhibit.case.evidence))
    return teller.section("conditions", teller.rows(told, but="type"))


def _terms(exhibit: Exhibit, teller: Teller) -> str:
    """The permits and the limit that the evidence names, as the version had them."""
    evidence, registry = exhibit.case.evidence, teller.registry
    named = set(ids_in(evidence, "permit"))
    parts = [
        teller.section("permit", teller.rows(permit_document(one), but="id"), one.id)
        for one in registry.permits
        if one.id in named
    ]
    for limit_id in ids_in(evidence, "limit"):
        limit = registry.limit_terms.get(LimitId(limit_id))
        if limit is not None:
            ready_made = LEGAL_LIMITS.get(limit.id)
            is_that = ready_made is not None and ready_made.terms == limit
            source = (
                teller.t("source", source=ready_made.source) if ready_made is not None and is_that else ""
            )
            parts.append(
                teller.section("limit", teller.rows(limit_document(limit), but="id") + note(source), limit_id)
            )
    return "".join(parts)


def _judging(judging: Judging, teller: Teller) -> str:
    if judging.how == "none":
        said = teller.t("judged_not", reason=judging.reason)
    else:
        said = teller.t(f"judged_{judging.how}" if judging.agreed else "judged_other")
    checks = "".join(f"<li>{teller.t(name)}</li>" for name in ("check_with", "check_without"))
    return teller.section("judging", f"<p>{said}</p><ul>{checks}</ul><p>{teller.t('proves')}</p>")


def _files(sums: Sequence[FileSum], teller: Teller) -> str:
    rows = [[f"<code>{one.name}</code>", f"{one.size:,}", f"<code>{one.sha256}</code>"] for one in sums]
    return teller.section("files", table([teller.word("files"), teller.word("bytes"), "SHA-256"], rows))
