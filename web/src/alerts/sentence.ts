/** The one line that convicts, made from the typed evidence; and the names of subject and place. */
import type { Alert, RegistryView } from '../api/client'
import { t, term } from '../words'
import { clockTime, metres, number, span } from '../words/format'

type Evidence = Record<string, unknown>

const UNITS: Record<string, string> = { noise_db: 'dB' }

export function ruleWord(alert: Alert): string {
  const suspected = alert.rule === 'illegal_dumping' && list(alert.evidence['signs']).length === 0
  return suspected ? t('suspected_dumping') : term(alert.rule)
}

export function zoneName(registry: RegistryView | null, id: string): string {
  const zone = registry?.zones.features.find((feature) => property(feature, 'id') === id)
  return (zone && property(zone, 'name')) || id
}

function property(feature: Record<string, unknown>, name: string): string {
  const value = (feature['properties'] as Record<string, unknown> | undefined)?.[name] ?? feature[name]
  return typeof value === 'string' ? value : ''
}

export function placeName(registry: RegistryView | null, alert: Alert): string {
  const zones = alert.zone_ids.map((id) => zoneName(registry, id))
  if (zones.length > 0) return zones.join(' · ')
  return districtName(registry, alert.district_id ?? null)
}

export function districtName(registry: RegistryView | null, id: string | null): string {
  if (id === null) return ''
  const found = registry?.districts.features.find((feature) => property(feature, 'id') === id)
  return (found && property(found, 'name')) || id
}

export function evidenceSentence(registry: RegistryView | null, alert: Alert): string {
  const e: Evidence = alert.evidence
  switch (e['type']) {
    case 'illegal_dumping':
      return dumping(e)
    case 'off_route':
      return t('ev_off_route', { m: metres(num(e['farthest_m'])), d: span(num(e['held_s'])) })
    case 'out_of_hours':
      return t('ev_hours', { d: span(num(e['moving_s'])) })
    case 'no_permit':
      return t('ev_no_permit', { site: zoneName(registry, str(e['site_zone_id'])) })
    case 'forbidden_zone':
      return forbidden(registry, e)
    case 'uncovered_load':
      return t('ev_cover', { d: span(num(e['moving_s'])) })
    case 'speeding':
      return t('ev_speed', { v: number(num(e['top_speed_kmh'])), limit: number(num(e['limit_kmh'])) })
    case 'silence':
      return t('ev_silence', { d: span(num(e['allowed_s'])) })
    case 'dust_exceedance':
      return dust(e)
    case 'sensor_fault':
      return list(e['runs']).map(sensorRun).join(t('clause_separator'))
    case 'suspected_dump_site':
      return t('ev_dump_site', { n: num(e['vehicles']), a: num(e['dumpings']), b: num(e['stays']) })
    case 'capped_readings':
      return list(e['particulates']).map(capped).join(t('clause_separator'))
    case 'cross_district':
      return t('ev_district', { d: span(num(e['held_s'])) })
    case 'overload':
      return t('ev_overload', { a: number(num(e['weight_t']), 1), b: number(num(e['max_load_t']), 1) })
    case 'unexpected_stop':
      return t('ev_stop', { d: span(num(e['stay_s'])) })
    case 'trip_overdue':
      return t('ev_overdue', { d: span(num(e['max_trip_min']) * 60) })
    case 'wash_skipped':
      return t('ev_wash', { site: zoneName(registry, str(e['site_zone_id'])) })
    case 'missed_collection':
      return missed(e)
    case 'terminal_tamper':
      return t('ev_tamper', { alarms: texts(e['alarms']).map((alarm) => term(alarm)).join(t('list_separator')) })
    case 'position_fault':
      return typeof e['stuck_since_ms'] === 'number'
        ? t('ev_place_stuck')
        : t('ev_outliers', { n: list(e['outliers']).length })
    case 'signal_fault':
      return list(e['signals']).map(signal).join(t('clause_separator'))
    case 'identity_conflict':
      return t('ev_conflict', { m: metres(num(e['apart_m'])) })
    default:
      return ''
  }
}

function missed(e: Evidence): string {
  const stop = str(e['stop_id'])
  const later = e['visited_later_ms']
  if (typeof later === 'number') return t('ev_missed_later', { stop, at: clockTime(later) })
  return e['heard'] === true ? t('ev_missed', { stop }) : t('ev_missed_silent', { stop })
}

function signal(run: Evidence): string {
  if (run['signal'] === 'cover') return t('ev_signal_cover')
  return run['signal'] === 'lift' ? t('ev_signal_lift') : t('ev_signal_weight')
}

function dumping(e: Evidence): string {
  const signs = list(e['signs']).map(sign)
  const parts = signs.length > 0 ? signs : [t('ev_stay', { d: span(num(e['stay_s'])) })]
  if (typeof e['nearest_allowed_m'] === 'number') {
    parts.unshift(t('ev_nearest', { d: metres(e['nearest_allowed_m']) }))
  }
  return parts.join(t('list_separator'))
}

function sign(given: Evidence): string {
  if (given['kind'] === 'weight') {
    const [a, b] = [num(given['weight_before_t']), num(given['weight_after_t'])]
    return t('ev_sign_weight', { a: number(a, 1), b: number(b, 1) })
  }
  return given['kind'] === 'lift' ? t('ev_sign_lift') : t('ev_sign_load')
}

function forbidden(registry: RegistryView | null, e: Evidence): string {
  const zone = zoneName(registry, str(e['zone_id']))
  const passed = e['passed_through_m']
  return typeof passed === 'number' ? t('ev_passed', { zone, m: metres(passed) }) : t('ev_inside', { zone })
}

function dust(e: Evidence): string {
  const quantity = str(e['quantity'])
  const vehicles = new Set(list(e['vehicles_on_site']).map((visit) => str(visit['vehicle_id'])))
  const peak = t('ev_dust', {
    quantity: term(quantity),
    v: number(num(e['peak'])),
    limit: number(num(e['limit'])),
    unit: UNITS[quantity] ?? 'µg/m³',
  })
  return vehicles.size > 0 ? [peak, t('ev_on_site', { n: vehicles.size })].join(t('list_separator')) : peak
}

function sensorRun(run: Evidence): string {
  const params = {
    quantity: term(str(run['quantity'])),
    n: num(run['readings']),
    v: number(num(run['value']), 1),
    flag: str(run['flag']),
  }
  switch (run['kind']) {
    case 'stuck':
      return t('ev_stuck', params)
    case 'pm25_above_pm10':
      return t('ev_pm25_above_pm10', params)
    case 'flag':
      return t('ev_flag', params)
    default:
      return t('ev_out_of_range', params)
  }
}

function capped(look: Evidence): string {
  return t('ev_capped', {
    quantity: term(str(look['quantity'])),
    top: num(look['top']),
    n: number(num(look['readings'])),
    v: number(num(look['maximum'])),
  })
}

function list(value: unknown): Evidence[] {
  return Array.isArray(value) ? (value as Evidence[]) : []
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function num(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

function str(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
