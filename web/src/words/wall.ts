/** The wall. */
import type { Texts } from './words'

export const wall = {
  wall_figures: { zh: '关键数字', en: 'Figures' },
  wall_age: { zh: '数据 {d}前', en: 'data {d} old' },
  wall_no_data: { zh: '尚无数据', en: 'no data yet' },
  wall_reporting: { zh: '车辆在线', en: 'Vehicles reporting' },
  wall_moving: { zh: '在线车辆行驶', en: 'of these moving' },
  wall_stations: { zh: '监测点在线', en: 'Stations reporting' },
  wall_over: { zh: '监测点超标', en: 'Stations over' },
  wall_critical: { zh: '未受理 紧急', en: 'Unack critical' },
  wall_major: { zh: '未受理 重要', en: 'Unack major' },
  wall_ongoing: { zh: '持续中 / 24 小时', en: 'Ongoing / 24 h' },
  wall_called: { zh: '10 分钟告警 / 上限', en: 'Last 10 min / most' },
  wall_flood: { zh: '24 小时洪峰分钟', en: 'Flood, min of 24 h' },
  wall_overdue: { zh: '案件超期', en: 'Cases overdue' },
  wall_to_assign: { zh: '案件待交办', en: 'Cases to assign' },
  wall_awaiting: { zh: '案件待反馈', en: 'Awaiting answer' },
  wall_worst: { zh: '未受理最紧急 {n} / {all}', en: 'Worst unacknowledged {n} / {all}' },
  wall_none: { zh: '当前无未处理告警。数据截至 {time}', en: 'No open alerts. Data to {time}' },
  wall_cases: { zh: '超期案件 {n} / {all}', en: 'Overdue cases {n} / {all}' },
  wall_strip: { zh: '24 小时告警（每 10 分钟）', en: '24 h of alerts, per 10 min' },
  wall_strip_now: { zh: '最近 10 分钟 {n}，上限 {most}', en: 'last 10 min {n}, most {most}' },
} as const satisfies Texts
