/** How an alert was found: each value with the limit it was held against and the formula between them, for every kind. */
import { zoneName } from '../alerts/sentence'
import type { Explanation } from '../api/alerts'
import { world } from '../live/world'
import { t, term, type Word } from '../words'
import { coordinates, dateTime, metres, number, span } from '../words/format'
import { dustHow } from './dusthow'
import { type Evidence, list, num, str, texts } from './evidence'
import { windowsText } from './windowtext'

/** One step of the reasoning; `ms` is the moment it speaks of. */
export interface How {
  what: string
  value: string
  limit?: string
  formula?: string
  ms?: number
}

export function howOf(story: Explanation): How[] {
  const { alert } = story
  const e: Evidence = alert.evidence
  const kind = str(e['type'])
  const found = kind === 'dust_exceedance' ? dustHow(e, story) : (KINDS[kind]?.(e, story) ?? [])
  return found.filter((one) => one.value !== '')
}

const at = (ms: unknown): string => (typeof ms === 'number' ? dateTime(ms, world.nowMs.value) : '')
const zone = (id: unknown): string => zoneName(world.registry.value, str(id))
const zones = (ids: unknown): string => texts(ids).map(zone).join(' · ')
const param = (story: Explanation, name: string): number | null => story.rule?.params[name] ?? null
const least = (value: string | null): string => (value === null ? '' : `≥ ${value}`)
const leastSpan = (story: Explanation, name: string): string => {
  const s = param(story, name)
  return s === null ? '' : least(span(s))
}
const seconds = (value: unknown): string => (typeof value === 'number' ? span(value) : '')
const far = (value: unknown): string => (typeof value === 'number' ? metres(value) : '')
const times = (a: number, b: number): string => number(a / b, 2)
const row = (what: Word, value: string, more: Partial<How> = {}): How => ({ what: t(what), value, ...more })
const moment = (what: Word, ms: unknown, more: Partial<How> = {}): How =>
  row(what, at(ms), typeof ms === 'number' ? { ms, ...more } : more)

const KINDS: Record<string, (e: Evidence, story: Explanation) => How[]> = {
  illegal_dumping: (e, story) => [
    ...list(e['signs']).map(sign),
    ...(list(e['signs']).length === 0 ? [row('how_stay', seconds(e['stay_s']), { limit: leastSpan(story, 'dwell_s') })] : []),
    row('how_load_before', term(str(e['load_before'])), { limit: t('how_not_empty') }),
    row('how_nearest_allowed', typeof e['nearest_allowed_m'] === 'number' ? metres(e['nearest_allowed_m']) : t('how_no_allowed'), {
      limit: '≤ 30 m', ...(texts(e['allowed_zone_ids']).length > 0 ? { formula: t('how_allowed', { zones: zones(e['allowed_zone_ids']) }) } : {}),
    }),
    row('how_trip_permit', str(e['permit_id']) || t('how_none')),
    row('how_permits_in_force', texts(e['in_force_permit_ids']).join(' · ')),
    moment('how_place_at', e['place_ms']),
    row('how_signs', number(list(e['signs']).length), { formula: t('how_signs_severity') }),
  ],
  off_route: (e, story) => [
    row('how_farthest', far(e['farthest_m']), {
      limit: typeof e['half_width_m'] === 'number' ? `> ${metres(num(e['half_width_m']) + num(e['accuracy_m']))}` : '',
      ...(typeof e['half_width_m'] === 'number' ? { formula: t('how_half_width', { a: number(num(e['half_width_m'])), b: number(num(e['accuracy_m']), 1) }) } : {}),
      ...moments(e['farthest']),
    }),
    row('how_held', seconds(e['held_s']), { limit: leastSpan(story, 'hold_s'), formula: t('how_major_from', { d: span(900) }) }),
    row('how_routes', texts(e['route_ids']).map((id) => routeName(story, id)).join(' · ')),
    row('how_trip_permit', str(e['permit_id'])),
  ],
  out_of_hours: (e, story) => [
    row('how_moving', seconds(e['moving_s']), { limit: leastSpan(story, 'hold_s'), formula: t('how_moving_formula', { d: span(600) }) }),
    row('how_permit_windows', windowsText(e['windows']) || t('how_always')),
    row('how_started_local', str(e['started_local']).slice(0, 19).replace('T', ' ')),
    row('how_trip_permit', str(e['permit_id'])),
  ],
  no_permit: (e) => [
    row('how_left_site', zone(e['site_zone_id'])),
    row('how_permits_known', number(num(e['permits_known'])), { limit: t('how_one_in_force') }),
    ...list(e['permits']).map((one) => ({
      what: t('how_permit', { id: str(one['permit_id']) }), value: t(`how_why_${str(one['why'])}` as Word),
      formula: t('how_valid', { a: at(one['valid_from_ms']) || '—', b: at(one['valid_to_ms']) || '—' }),
    })),
  ],
  forbidden_zone: (e) => [
    row('how_zone', zone(e['zone_id'])),
    row('how_ran_through', far(e['passed_through_m']), { limit: least('20 m'), formula: t('how_ran_through_formula') }),
    row('how_depth', far(e['depth_m']), {
      limit: '> 0 m', formula: t('how_depth_formula', { m: typeof e['accuracy_m'] === 'number' ? number(e['accuracy_m'], 1) : '—' }),
    }),
    row('how_zone_windows', windowsText(e['windows']) || t('how_always')),
  ],
  uncovered_load: (e, story) => [
    row('how_moving', seconds(e['moving_s']), { limit: leastSpan(story, 'hold_s'), formula: t('how_moving_formula', { d: span(60) }) }),
    row('how_reports', number(num(e['reports'])), { limit: least('3') }),
    row('how_load', term(str(e['load'])), { formula: t(e['load_by'] === 'sensor' ? 'how_load_by_sensor' : 'how_load_by_places') }),
    moment('how_load_since', e['load_since_ms']),
  ],
  speeding: (e, story) => [
    row('how_top_speed', `${number(num(e['top_speed_kmh']), 1)} km/h`, {
      limit: `> ${number(num(e['limit_kmh']) * 1.1, 1)} km/h`,
      formula: t('how_speed_formula', { limit: number(num(e['limit_kmh'])), x: times(num(e['top_speed_kmh']), num(e['limit_kmh'])) }),
      ...(typeof e['top_at_ms'] === 'number' ? { ms: e['top_at_ms'] } : {}),
    }),
    row('how_limit_from', t(`how_from_${str(e['limit_from'])}` as Word), texts(e['zone_ids']).length > 0 ? { formula: zones(e['zone_ids']) } : {}),
    row('how_hold', leastSpan(story, 'hold_s'), { limit: t('how_two_reports') }),
    ...list(e['onset']).map((one) => moment('how_onset', one['at_ms'], { formula: `${number(num(one['speed_kmh']), 1)} km/h` })),
  ],
  silence: (e, { alert }) => [
    moment('how_last_report', Date.parse(alert.started_at)),
    row('how_silence', span((Date.parse(alert.ended_at ?? alert.detected_at) - Date.parse(alert.started_at)) / 1000), {
      limit: `> ${seconds(e['allowed_s'])}`, formula: alert.station_id ? '' : t(e['was_active'] === true ? 'how_was_active' : 'how_was_parked'),
    }),
    moment('how_place_at', e['place_ms']),
  ],
  sensor_fault: (e, story) => list(e['runs']).map((run) => sensorRun(run, story)),
  capped_readings: (e) => list(e['particulates']).flatMap((one) => {
    const [m, most] = [num(one['median']), num(one['maximum'])]
    const step = (most - m) / 10
    return [
      { what: t('how_capped', { quantity: term(str(one['quantity'])) }), value: number(num(one['top'])), limit: t('how_capped_limit', { below: number(num(one['below'])), x: number(num(one['below']) * 0.8, 1) }), formula: t('how_capped_formula', { a: number(most - step, 1), b: number(most, 1), c: number(most - 2 * step, 1) }) },
      { what: t('how_median'), value: number(m, 1), limit: t('how_median_limit', { x: times(most, m) }), formula: t('how_readings_n', { n: number(num(one['readings'])) }) },
    ]
  }),
  cross_district: (e) => [
    row('how_held', seconds(e['held_s']), { limit: least(span(60)), formula: t('how_outside_districts') }),
    ...departure(e),
    row('how_disposal_zones', zones(e['disposal_zone_ids'])),
    row('how_trip_permit', str(e['permit_id']) || t('how_none')),
  ],
  overload: (e) => [
    row('how_weight', `${number(num(e['weight_t']), 1)} t`, {
      limit: `> ${number(num(e['max_load_t']) * 1.05, 2)} t`,
      formula: t('how_weight_formula', { max: number(num(e['max_load_t']), 1), x: times(num(e['weight_t']), num(e['max_load_t'])) }),
    }),
    ...list(e['weights']).map((one) => moment('how_weighing', one['at_ms'], { formula: `${number(num(one['weight_t']), 1)} t` })),
  ],
  unexpected_stop: (e, story) => [
    row('how_stay', seconds(e['stay_s']), { limit: leastSpan(story, 'stay_s'), formula: t('how_stay_formula') }),
    ...list(e['near']).map((one) => ({ what: t('how_near'), value: zone(one['zone_id']), formula: far(one['distance_m']) })),
    ...departure(e),
    row('how_trip_permit', str(e['permit_id']) || t('how_none')),
  ],
  trip_overdue: (e, { alert }) => [
    ...departure(e),
    row('how_trip_took', span((Date.parse(alert.ended_at ?? alert.detected_at) - num(e['departed_ms'])) / 1000), {
      limit: `≤ ${span(num(e['max_trip_min']) * 60)}`,
      formula: t('how_due', { time: at(num(e['departed_ms']) + num(e['max_trip_min']) * 60_000) }),
    }),
    row('how_trip_permit', str(e['permit_id']) || t('how_none')),
  ],
  wash_skipped: (e, story) => [
    row('how_left_site', zone(e['site_zone_id'])),
    moment('how_entered', e['entered_ms']),
    row('how_bays', zones(e['bay_zone_ids'])),
    row('how_last_wash', typeof e['last_wash_ms'] === 'number' ? `${at(e['last_wash_from_ms'])} – ${at(e['last_wash_ms'])}` : t('how_no_wash'), {
      limit: leastSpan(story, 'min_stay_s'), formula: t('how_wash_formula'),
    }),
  ],
  missed_collection: (e) => [
    row('how_stop', str(e['stop_id']), { formula: t('how_run', { id: str(e['run_id']) }) }),
    row('how_window', `${at(e['window_from_ms'])} – ${at(e['window_to_ms'])}`, { limit: t('how_visit', { m: far(e['radius_m']) || '—', d: seconds(e['min_stay_s']) || '—' }) }),
    row('how_heard', t(e['heard'] === true ? 'yes' : 'no'), { formula: t(e['heard'] === true ? 'how_heard_yes' : 'how_heard_no') }),
    moment('how_visited_later', e['visited_later_ms']),
  ],
  terminal_tamper: (e) => [row('how_alarms', texts(e['alarms']).map((one) => term(one)).join(t('list_separator')), { limit: t('how_two_reports') })],
  position_fault: (e) => [
    ...list(e['outliers']).map((one) => moment('how_outlier', one['at_ms'], {
      limit: '≤ 150 km/h', formula: t('how_outlier_formula', { m: far(one['jump_m']), v: number(num(one['implied_kmh'])) }),
    })),
    moment('how_stuck_since', e['stuck_since_ms'], { limit: t('how_stuck_limit'), formula: typeof e['stuck_kmh'] === 'number' ? `${number(e['stuck_kmh'])} km/h` : '' }),
  ],
  signal_fault: (e) => list(e['signals']).map(signalRun),
  identity_conflict: (e) => [
    row('how_alternations', number(texts(e['alternations_ms']).length), { limit: least('4'), formula: texts(e['alternations_ms']).map((ms) => at(Number(ms))).join(' · ') }),
    row('how_apart', far(e['apart_m']), { limit: '> 1 km' }),
    ...list(e['tracks']).map((one) => moment('how_track', one['at_ms'], { formula: coordinates(num(one['lon']), num(one['lat'])) })),
  ],
  suspected_dump_site: (e, story) => [
    row('how_vehicles', number(num(e['vehicles'])), {
      limit: least(String(param(story, 'min_vehicles') ?? '')),
      formula: t('how_site_formula', { m: number(param(story, 'radius_m') ?? Number.NaN), h: number(param(story, 'span_h') ?? Number.NaN) }),
    }),
    row('how_dumpings', number(num(e['dumpings']))),
    row('how_stays', number(num(e['stays'])), { limit: leastSpan(story, 'stay_s') }),
    ...list(e['members']).slice(0, MOST_MEMBERS).map((one) => ({
      what: plateOf(str(one['vehicle_id'])), value: t(one['kind'] === 'dumping' ? 'how_member_dumping' : 'how_member_stay'), formula: `${at(one['at_ms'])} · ${coordinates(num(one['lon']), num(one['lat']))}`,
    })),
  ],
}

const MOST_MEMBERS = 20

function sign(one: Evidence): How {
  const said = { ms: num(one['at_ms']), ...(typeof one['confirmed_ms'] === 'number' ? { formula: t('how_confirmed', { time: at(one['confirmed_ms']) }) } : {}) }
  if (one['kind'] === 'lift') return row('how_sign_lift', at(one['at_ms']), { limit: t('how_sign_lift_limit'), ...said })
  if (one['kind'] === 'load') return row('how_sign_load', at(one['at_ms']), { limit: t('how_two_reports'), ...said })
  const [before, after] = [num(one['weight_before_t']), num(one['weight_after_t'])]
  return row('how_sign_weight', `${number(before, 1)} → ${number(after, 1)} t`, {
    limit: t('how_sign_weight_limit'), ms: num(one['at_ms']),
    formula: t('how_sign_weight_formula', { a: number(before, 1), b: number(after, 1), c: number(before - after, 1), percent: number(((before - after) / before) * 100), time: at(one['at_ms']) }),
  })
}

function departure(e: Evidence): How[] {
  return [row('how_left_site', typeof e['site_zone_id'] === 'string' ? zone(e['site_zone_id']) : ''), moment('how_departed', e['departed_ms'])]
}

function sensorRun(run: Evidence, story: Explanation): How {
  const [n, value] = [number(num(run['readings'])), run['value']]
  const base = { what: `${term(str(run['quantity']))} · ${t(`how_run_${str(run['kind'])}` as Word)}`, ms: num(run['from_ms']) }
  const since = t('how_since', { time: at(run['from_ms']) })
  const reading = typeof value === 'number' ? number(value, 1) : ''
  switch (run['kind']) {
    case 'stuck':
      return { ...base, value: t('how_n_readings', { n }), limit: least(String(param(story, 'stuck_n') ?? '')), formula: `${reading} · ${since}` }
    case 'pm25_above_pm10':
      return { ...base, value: t('how_n_readings', { n }), limit: least('10'), formula: `${t('how_pm25_formula', { a: reading, b: number(num(run['beside']), 1) })} · ${since}` }
    case 'flag':
      return { ...base, what: t('how_run_flag'), value: `${str(run['flag'])} ${term(str(run['flag']), 'flag_')}`, limit: least(span(1800)), formula: `${t('how_n_readings', { n })} · ${since}` }
    default:
      return { ...base, value: reading, limit: '0–5000 µg/m³', formula: `${t('how_n_readings', { n })} · ${since}` }
  }
}

function signalRun(run: Evidence): How {
  const since = { formula: t('how_since', { time: at(run['from_ms']) }), ms: num(run['from_ms']) }
  if (run['signal'] === 'cover') return row('ev_signal_cover', seconds(run['moving_s']), { limit: t('how_signal_cover_limit'), ...since })
  if (run['signal'] === 'lift') return row('ev_signal_lift', `${number(num(run['speed_kmh']))} km/h`, { limit: t('how_signal_lift_limit'), ...since })
  return row('ev_signal_weight', `${number(num(run['value']), 2)} – ${number(num(run['value_to']), 2)} t`, {
    limit: t('how_signal_weight_limit'), ...since, formula: `${t('how_signal_stays', { n: num(run['stays']) })} · ${since.formula}`,
  })
}

function moments(sighting: unknown): Partial<How> {
  const ms = (sighting as Evidence | null)?.['at_ms']
  return typeof ms === 'number' ? { ms } : {}
}

function routeName(story: Explanation, id: string): string {
  const route = story.routes.features.find((one) => (one['properties'] as Evidence | undefined)?.['id'] === id)
  return str((route?.['properties'] as Evidence | undefined)?.['name']) || id
}

function plateOf(vehicleId: string): string {
  return world.registry.value?.vehicles.find((one) => one.id === vehicleId)?.plate || vehicleId
}
