"""The sentences that convict, in Chinese and English, word for word as the page says them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "ev_sign_lift": ("车厢举升", "body raised"),
    "ev_sign_load": ("重车变空车", "loaded to empty"),
    "ev_sign_weight": ("载重 {a}→{b} t", "payload {a}→{b} t"),
    "ev_nearest": ("距许可消纳场 {d}", "{d} from an allowed site"),
    "ev_stay": ("重车停留 {d}", "stood loaded for {d}"),
    "ev_off_route": ("偏离核准路线最远 {m}，持续 {d}", "up to {m} off the approved route, for {d}"),
    "ev_hours": ("在许可时段外行驶 {d}", "moved {d} outside permitted hours"),
    "ev_no_permit": ("驶出{site}，无有效准运证", "left {site} without a permit in force"),
    "ev_inside": ("进入{zone}", "entered {zone}"),
    "ev_passed": ("穿越{zone} {m}", "ran {m} through {zone}"),
    "ev_cover": ("载货行驶 {d}，密闭盖开启", "moved {d} loaded with the cover open"),
    "ev_speed": ("最高 {v} km/h，限速 {limit} km/h", "up to {v} km/h where {limit} km/h is allowed"),
    "ev_silence": ("超过 {d}无上报", "no report for more than {d}"),
    "ev_dust": ("{quantity} 峰值 {v}，限值 {limit} {unit}", "{quantity} peak {v}, limit {limit} {unit}"),
    "ev_stuck": ("{quantity} 连续 {n} 次读数相同（{v}）", "{quantity}: {n} readings running are {v}"),
    "ev_pm25_above_pm10": ("PM2.5 高于 PM10，连续 {n} 次", "PM2.5 above PM10 for {n} readings"),
    "ev_flag": ("数据标记 {flag}，连续 {n} 次", "data flag {flag} for {n} readings"),
    "ev_capped": (
        "{quantity} {n} 次读数中 {top} 次集中在最高值 {v} µg/m³ 附近",
        "{quantity}: {top} of {n} readings crowd near the maximum of {v} µg/m³",
    ),
    "ev_dump_site": (
        "{n} 辆车在此卸料或重车停留：卸料 {a} 次，停留 {b} 次",
        "{n} vehicles unloaded or stood loaded here (unloadings {a}, loaded stays {b})",
    ),
    "ev_on_site": ("超标时段场内 {n} 辆车", "vehicles on site at the time: {n}"),
    "ev_district": ("载货驶出本辖区 {d}", "hauled outside every district for {d}"),
    "ev_overload": ("载重 {a} t，核定 {b} t", "{a} t where {b} t may be carried"),
    "ev_stop": ("重车停留 {d}", "stood loaded for {d}"),
    "ev_overdue": ("出场超过 {d} 未到达", "not arrived {d} after leaving"),
    "ev_wash": ("驶出{site}前未冲洗", "left {site} without a wash"),
    "ev_missed": ("收运点 {stop} 未按时收运", "stop {stop} was not served in time"),
    "ev_missed_silent": (
        "收运点 {stop} 未收运，该时段无数据",
        "stop {stop} not served, no data in its window",
    ),
    "ev_missed_later": ("收运点 {stop} 未按时收运，{at} 补收", "stop {stop} missed, served later at {at}"),
    "ev_tamper": ("终端报警：{alarms}", "terminal says: {alarms}"),
    "ev_outliers": ("{n} 次定位漂移", "wild positions: {n}"),
    "ev_place_stuck": ("有车速而位置不动", "at speed, yet never moving on the map"),
    "ev_signal_cover": ("密闭信号长时间为开启", "cover open for an hour of fast driving"),
    "ev_signal_lift": ("高速行驶中举升信号为真", "body raised at speed"),
    "ev_signal_weight": ("载重一昼夜不变", "the same weight for a day"),
    "ev_conflict": ("同一终端号的两台设备相距 {m}", "two devices on one id, {m} apart"),
    "ev_out_of_range": ("{quantity} 超出量程，{n} 次", "{quantity} out of range, readings: {n}"),
}

TERMS: Mapping[str, tuple[str, str]] = {
    "power_cut": ("断电", "power cut"),
    "antenna_cut": ("天线断开", "antenna cut"),
    "antenna_short": ("天线短路", "antenna short"),
    "removed": ("拆除", "removed"),
    "pm25_ugm3": ("PM2.5", "PM2.5"),
    "pm10_ugm3": ("PM10", "PM10"),
    "tsp_ugm3": ("TSP", "TSP"),
    "noise_db": ("噪声", "Noise"),
}
