"""The ready-made limits: what Chinese standards and orders lay down for site dust and noise, by name.

A station's `limit_ids` may name one, as if the registry listed it. Those whose numbers nobody has checked
against a public source are disabled and judge nothing; to use one all the same, a bureau copies it into its
own limits under an id of its own. An entry is never changed once it is published, because old versions of
registries mean it: a correction is a new entry.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from msgspec import Struct

from domain.identifiers import LimitId
from domain.quantity import Quantity
from domain.station import AqiCorrection, Limit, Severity
from domain.timewindow import Validity, window_between

_CHINA = timezone(timedelta(hours=8))
_HOUR_MIN = 60


class LegalLimit(Struct, frozen=True, kw_only=True):
    """One ready-made limit: its terms, where it holds, what says so, and how far that was checked."""

    terms: Limit
    region: str
    source: str
    checked: str

    @property
    def verified(self) -> bool:
        """Tell whether its numbers were found in a public source; one that is not so is disabled."""
        return self.terms.enabled


def _since(first: date, until: date | None = None) -> Validity:
    return Validity(from_ms=_midnight_ms(first), to_ms=None if until is None else _midnight_ms(until))


def _midnight_ms(day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=_CHINA)
    return round((midnight - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000


_HEBEI = "DB13/2934-2019 施工场地扬尘排放标准"
_WUHAN = "武汉市扬尘在线监测处置规定（2017-06）"
_LIAONING = "DB21/2642-2016 施工及堆料场地扬尘排放标准"
_SHAANXI = "DB61/1078-2017 施工场界扬尘排放限值"
_JIANGSU = "DB32/4437-2022 施工场地扬尘排放标准"
_SHANGHAI = "DB31/964-2016 建筑施工颗粒物控制标准"
_SICHUAN = "DB51/2682-2020 四川省施工场地扬尘排放标准"
_NOISE_2011 = "GB 12523-2011 建筑施工场界环境噪声排放标准, table 1"
_NOISE_2025 = "GB 12523-2025 建筑施工噪声排放标准"

_QUOTED = "numbers quoted second-hand; whether exceedances are allowed was not found, so none is"
_FROM_2011 = (
    "repealed the standard of 2011 on 2026-01-01; its own numbers not read, these are the former ones"
)
_LEQ = "numbers and hours as printed in the standard; the mean is taken over 20 min"
_DAY = (window_between(6 * _HOUR_MIN, 22 * _HOUR_MIN),)
_NIGHT = (window_between(22 * _HOUR_MIN, 6 * _HOUR_MIN),)
_UNTIL_2026 = _since(date(2012, 7, 1), date(2026, 1, 1))
_SINCE_2026 = _since(date(2026, 1, 1))

_ENTRIES = (
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-HE-DB13-2934-2019-PM10-1H"),
            name="河北省 PM10 小时均值减县（市、区）均值",
            quantity=Quantity.PM10,
            window_s=3600,
            limit=80.0,
            minus_background=True,
            background_cap=150.0,
            exceedances_allowed_per_day=2,
            validity=_since(date(2019, 4, 1)),
        ),
        region="河北省",
        source=_HEBEI,
        checked="all terms as the province's environment department announced them in March 2019",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-HB-WUHAN-2017-PM10-1H-WARN"),
            name="武汉市 PM10 小时均值预警线",
            quantity=Quantity.PM10,
            window_s=3600,
            limit=150.0,
            severity=Severity.INFO,
        ),
        region="湖北省武汉市",
        source=_WUHAN,
        checked="as Xinhua reported it on 2017-06-05; whether the order still holds was not found",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-HB-WUHAN-2017-PM10-1H-ACT"),
            name="武汉市 PM10 小时均值处置线",
            quantity=Quantity.PM10,
            window_s=3600,
            limit=200.0,
            clear_below=150.0,
        ),
        region="湖北省武汉市",
        source=_WUHAN,
        checked="as Xinhua reported it on 2017-06-05; whether the order still holds was not found",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-LN-DB21-2642-2016-TSP-5MIN-URBAN"),
            name="辽宁省 TSP 5 分钟均值（城镇建成区）",
            quantity=Quantity.TSP,
            window_s=300,
            limit=800.0,
        ),
        region="辽宁省 城镇建成区",
        source=_LIAONING,
        checked=_QUOTED,
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-LN-DB21-2642-2016-TSP-5MIN-RURAL"),
            name="辽宁省 TSP 5 分钟均值（郊区及农村）",
            quantity=Quantity.TSP,
            window_s=300,
            limit=1000.0,
        ),
        region="辽宁省 郊区及农村地区",
        source=_LIAONING,
        checked=_QUOTED,
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SN-DB61-1078-2017-TSP-1H-EARTHWORKS"),
            name="陕西省 TSP 小时均值（拆除、土方）",
            quantity=Quantity.TSP,
            window_s=3600,
            limit=800.0,
            stage="拆除、土方及地基处理工程",
        ),
        region="陕西省",
        source=_SHAANXI,
        checked=_QUOTED,
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SN-DB61-1078-2017-TSP-1H-STRUCTURE"),
            name="陕西省 TSP 小时均值（主体、装饰）",
            quantity=Quantity.TSP,
            window_s=3600,
            limit=700.0,
            stage="基础、主体结构及装饰工程",
        ),
        region="陕西省",
        source=_SHAANXI,
        checked=_QUOTED,
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-JS-DB32-4437-2022-TSP-15MIN"),
            name="江苏省 TSP 15 分钟均值",
            quantity=Quantity.TSP,
            window_s=900,
            limit=500.0,
            aqi_correction=AqiCorrection(from_aqi=200.0, to_aqi=300.0, subtract=200.0),
            enabled=False,
        ),
        region="江苏省",
        source=_JIANGSU,
        checked="not verified; the correction holds only while particulates are the main pollutant",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-JS-DB32-4437-2022-PM10-1H"),
            name="江苏省 PM10 小时均值减城市均值",
            quantity=Quantity.PM10,
            window_s=3600,
            limit=80.0,
            minus_background=True,
            enabled=False,
        ),
        region="江苏省",
        source=_JIANGSU,
        checked="not verified",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SH-DB31-964-2016-TSP-15MIN-2000"),
            name="上海市颗粒物 15 分钟均值（高值）",
            quantity=Quantity.TSP,
            window_s=900,
            limit=2000.0,
            exceedances_allowed_per_day=1,
            enabled=False,
        ),
        region="上海市",
        source=_SHANGHAI,
        checked="15 min and 1 a day found; the value, and that it is measured as TSP, not verified",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SH-DB31-964-2016-TSP-15MIN-1000"),
            name="上海市颗粒物 15 分钟均值（低值）",
            quantity=Quantity.TSP,
            window_s=900,
            limit=1000.0,
            exceedances_allowed_per_day=6,
            enabled=False,
        ),
        region="上海市",
        source=_SHANGHAI,
        checked="not verified",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SC-DB51-2682-2020-TSP-15MIN-EARTHWORKS"),
            name="四川省 TSP 15 分钟均值（土方阶段）",
            quantity=Quantity.TSP,
            window_s=900,
            limit=600.0,
            stage="土石方作业",
            validity=_since(date(2020, 9, 1)),
            enabled=False,
        ),
        region="四川省",
        source=_SICHUAN,
        checked="that it goes by region and stage was found; value, window and regions not verified",
    ),
    LegalLimit(
        terms=Limit(
            id=LimitId("CN-SC-DB51-2682-2020-TSP-15MIN-OTHER"),
            name="四川省 TSP 15 分钟均值（其他阶段）",
            quantity=Quantity.TSP,
            window_s=900,
            limit=250.0,
            stage="其他施工阶段",
            validity=_since(date(2020, 9, 1)),
            enabled=False,
        ),
        region="四川省",
        source=_SICHUAN,
        checked="that it goes by region and stage was found; value, window and regions not verified",
    ),
    *(
        LegalLimit(
            terms=Limit(
                id=LimitId(f"CN-GB-12523-{year}-NOISE-20MIN-{name}"),
                name=f"施工噪声{label} 20 分钟等效声级",
                quantity=Quantity.NOISE,
                window_s=1200,
                limit=limit,
                windows=windows,
                validity=validity,
                enabled=year == 2011,
            ),
            region="全国",
            source=source,
            checked=checked,
        )
        for year, source, checked, validity in (
            (2011, _NOISE_2011, _LEQ, _UNTIL_2026),
            (2025, _NOISE_2025, f"not verified: {_FROM_2011}", _SINCE_2026),
        )
        for name, label, limit, windows in (("DAY", "昼间", 70.0, _DAY), ("NIGHT", "夜间", 55.0, _NIGHT))
    ),
)

LEGAL_LIMITS: Mapping[LimitId, LegalLimit] = {entry.terms.id: entry for entry in _ENTRIES}
"""All of them by id, in the order in which they are listed."""
