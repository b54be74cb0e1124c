/** The page itself: its pages and keys, its connection, signing in. */
import type { Texts } from './words'

export const page = {
  title: { zh: '渣土车与扬尘监测', en: 'Muck truck and dust watch' },
  page_title: { zh: 'Haulwatch 实时监控', en: 'Haulwatch live' },
  switch_language: { zh: 'English', en: '中文' },
  theme_auto: { zh: '配色：跟随系统', en: 'Colours: as the system' },
  theme_light: { zh: '配色：浅色', en: 'Colours: light' },
  theme_dark: { zh: '配色：深色', en: 'Colours: dark' },
  api_docs: { zh: '接口文档', en: 'API' },

  state_connecting: { zh: '正在连接…', en: 'Connecting…' },
  state_live: { zh: '实时', en: 'LIVE' },
  times_of: { zh: '全部时间为 {zone} 时区', en: 'All times are in {zone}' },
  printed_at: { zh: '打印于 {time}（时区 {zone}）；未注日期的时间为当日', en: 'Printed {time} ({zone}); times without a date are of that day' },
  state_no_data: { zh: '尚无数据', en: 'No data yet' },
  state_lost: { zh: '连接中断，正在重连（第 {n} 次）', en: 'Connection lost, retrying ({n})' },
  state_lost_short: { zh: '重连中 {n}', en: 'Retrying {n}' },
  state_stopped_short: { zh: '数据停在 {time}', en: 'Stopped {time}' },
  state_stopped: { zh: '数据停在 {time}，以下可能已过时', en: 'Data stopped at {time}; what you see may be old' },
  state_database: { zh: '数据库不可用，正在等待恢复；以下可能已过时', en: 'The database is away; what you see may be old' },
  notice_resumed: { zh: '已补收 {n} 条告警', en: 'Caught up. Alerts: {n}' },
  notice_version: { zh: '登记版本 {n} 已生效（{name}）{note}', en: 'Registry version {n} is in force ({name}) {note}' },
  notice_reload: { zh: '离线过久，正在重新载入全部告警', en: 'Away too long, reloading everything' },
  notice_load_failed: { zh: '载入失败，{s} 秒后重试', en: 'Loading failed, trying again in {s} s' },
  notice_clock: { zh: '本机时间与服务器相差 {s} 秒', en: "This computer's clock is {s} s off" },
  loading: { zh: '正在加载…', en: 'Loading…' },

  count_vehicles: { zh: '车辆', en: 'Vehicles' },
  count_live: { zh: '在线', en: 'reporting' },
  count_moving: { zh: '行驶', en: 'moving' },
  count_hint: { zh: '{live} 辆在 2 分钟内上报，登记 {all} 辆', en: '{live} of {all} registered vehicles reported within 2 min' },

  pages: { zh: '页面', en: 'Pages' },
  page_live: { zh: '实时监控', en: 'Live' },
  page_cases: { zh: '案件', en: 'Cases' },
  sign_out: { zh: '退出', en: 'Sign out' },
  sign_in_user: { zh: '用户名', en: 'User' },
  sign_in_password: { zh: '密码', en: 'Password' },
  sign_in_demo: { zh: '进入演示', en: 'Enter the demo' },
  sign_in_demo_hint: { zh: '演示用户 {user}，密码相同。或用其他用户登录：', en: 'As the demo user {user}, the password is the same. Or sign in as somebody else:' },
  sign_in_no_users: { zh: '还没有用户。请先在服务器上添加一位管理员：', en: 'There are no users yet. Add an administrator on the server first:' },
  sign_in_wrong: { zh: '用户名或密码不正确', en: 'User or password are wrong' },
  sign_in_locked: { zh: '密码错误次数过多，请稍后再试', en: 'Too many wrong passwords; try again later' },
  sign_in_failed: { zh: '登录失败，请重试', en: 'Signing in failed; try again' },
  sign_in_ended: { zh: '登录已过期，重新登录后回到此处', en: 'The session has ended; sign in and you are back here' },

  keys: { zh: '快捷键', en: 'Keys' },
  keys_on: { zh: '启用单键快捷键', en: 'Single keys are on' },
  key_step: { zh: '下一条、上一条', en: 'Next, previous' },
  key_open: { zh: '打开', en: 'Open' },
  key_acknowledge: { zh: '受理', en: 'Acknowledge' },
  key_assign: { zh: '交办', en: 'Assign' },
  key_go_there: { zh: '在地图上定位', en: 'Go there on the map' },
  key_map: { zh: '窄屏：地图或列表', en: 'Narrow page: map or list' },
  key_severity: { zh: '按级别筛选：紧急、重要、一般、提示', en: 'Filter: critical, major, minor, info' },
  key_search: { zh: '查找车牌', en: 'Find a plate' },
  key_back: { zh: '返回', en: 'Back, one step' },
  key_help: { zh: '显示快捷键', en: 'Show the keys' },

  page_devices: { zh: '设备', en: 'Devices' },
  page_settings: { zh: '设置', en: 'Settings' },
  page_not_yours: { zh: '您没有“{page}”页的权限，请联系管理员。', en: 'The page “{page}” needs a right that you do not have; an administrator may give it.' },

  page_tracks: { zh: '轨迹', en: 'Tracks' },
  key_play: { zh: '轨迹：播放或暂停', en: 'Tracks: play or pause' },
  key_ten_seconds: { zh: '轨迹：后退、前进 10 秒', en: 'Tracks: 10 s back, forward' },

  page_dust: { zh: '扬尘', en: 'Dust' },

  page_alert: { zh: '告警详情', en: 'Alert' },
  key_explain: { zh: '告警的详情与依据', en: 'The alert in full' },

  key_follow: { zh: '跟踪选中的车辆', en: 'Follow the selected vehicle' },

  key_mark: { zh: '标记，以便一并处理', en: 'Mark, to act on several' },
  key_silence: { zh: '静音 2 分钟', en: 'Silence for 2 min' },
  key_shelve: { zh: '搁置', en: 'Shelve' },
  key_group: { zh: '展开、收起组', en: 'Open, close a group' },

  page_zones: { zh: '区域线路', en: 'Zones' },
  key_undo: { zh: '撤销绘制，Ctrl+Shift+Z 重做', en: 'Undo drawing; Ctrl+Shift+Z redoes' },
  key_corner: { zh: '将选中的顶点移动 1 m，Shift 10 m', en: 'Move the chosen corner by 1 m, with Shift by 10 m' },

  page_registry: { zh: '登记', en: 'Registry' },

  page_rules: { zh: '规则', en: 'Rules' },

  perf_frames: { zh: '帧/秒', en: 'Frames a second' },
  perf_js: { zh: '每帧脚本 中位/95%', en: 'Script a frame, median / 95%' },
  perf_update: { zh: '地图更新 中位/95%', en: 'Map update, median / 95%' },
  perf_long: { zh: '长任务', en: 'Long tasks' },
  perf_age: { zh: '数据时差', en: 'Age of the data' },

  page_work: { zh: '作业', en: 'Work' },

  page_reports: { zh: '报表', en: 'Reports' },
  key_reports: { zh: '报表：导出告警、交班', en: 'Reports: export the alerts, hand over' },

  page_scores: { zh: '扣分信用', en: 'Scores' },
} as const satisfies Texts
