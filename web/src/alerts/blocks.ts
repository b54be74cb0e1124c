/** What folds together in the list: the alerts of one trip, and many of one rule at one place. Display only. */
import type { Alert, RegistryView } from '../api/client'
import { isAnnunciated } from '../duty/flood'
import { t } from '../words'
import { ruleWord, zoneName } from './sentence'

export interface Block {
  key: string
  kind: 'one' | 'trip' | 'place'
  /** Its members, the worst first. */
  ids: string[]
  /** Only to be looked through, not called out. */
  review: boolean
  /** What its members share, said once. */
  label: string
}

const FOLD_FROM = 3
const FOLD_WITHIN_MS = 30 * 60_000

/** Alerts in an order as blocks in that order; `worst` orders the members of one. */
export function blocksOf(
  ordered: readonly Alert[], registry: RegistryView | null, worst: (a: Alert, b: Alert) => number,
): Block[] {
  const groupOf = new Map<string, Block>()
  for (const [key, members] of trips(ordered)) join(groupOf, { key, kind: 'trip', members, label: t('group_trip'), worst })
  const rest = ordered.filter((alert) => !groupOf.has(alert.id))
  for (const members of places(rest, registry)) {
    const first = members[0]!
    const key = `place|${first.rule}|${placeKey(first, registry)}|${first.id}`
    join(groupOf, { key, kind: 'place', members, label: placeLabel(first, registry), worst })
  }
  const blocks: Block[] = []
  const placed = new Set<Block>()
  for (const alert of ordered) {
    const block = groupOf.get(alert.id) ?? one(alert)
    if (!placed.has(block)) blocks.push(block)
    placed.add(block)
  }
  return blocks
}

export function one(alert: Alert): Block {
  return { key: alert.id, kind: 'one', ids: [alert.id], review: !isAnnunciated(alert.severity), label: '' }
}

function join(
  groupOf: Map<string, Block>,
  { key, kind, members, label, worst }: { key: string; kind: Block['kind']; members: Alert[]; label: string; worst: (a: Alert, b: Alert) => number },
): void {
  const sorted = [...members].sort(worst)
  const review = !sorted.some((alert) => isAnnunciated(alert.severity))
  const block: Block = { key, kind, ids: sorted.map((alert) => alert.id), review, label }
  for (const alert of sorted) groupOf.set(alert.id, block)
}

function* trips(alerts: readonly Alert[]): Iterable<[string, Alert[]]> {
  const found = new Map<string, Alert[]>()
  for (const alert of alerts) {
    if (alert.trip_started_at) collect(found, `trip|${alert.vehicle_id}|${alert.trip_started_at}`, alert)
  }
  for (const [key, members] of found) if (members.length > 1) yield [key, members]
}

/** Runs of one rule at one place within half an hour of their first, so that a run keeps its key as it grows. */
function* places(alerts: readonly Alert[], registry: RegistryView | null): Iterable<Alert[]> {
  const found = new Map<string, Alert[]>()
  for (const alert of alerts) {
    const place = placeKey(alert, registry)
    if (place !== '') collect(found, `${alert.rule}|${place}`, alert)
  }
  for (const members of found.values()) {
    members.sort((a, b) => Date.parse(a.detected_at) - Date.parse(b.detected_at) || (a.id < b.id ? -1 : 1))
    let run: Alert[] = []
    for (const alert of [...members, null]) {
      const goes = alert !== null && run[0] && Date.parse(alert.detected_at) - Date.parse(run[0].detected_at) <= FOLD_WITHIN_MS
      if (goes) run.push(alert)
      else {
        if (run.length >= FOLD_FROM) yield run
        run = alert === null ? [] : [alert]
      }
    }
  }
}

function collect(found: Map<string, Alert[]>, key: string, alert: Alert): void {
  const members = found.get(key)
  if (members) members.push(alert)
  else found.set(key, [alert])
}

/** The site or station area an alert belongs to; empty where there is none. */
function placeKey(alert: Alert, registry: RegistryView | null): string {
  const station = alert.station_id ? registry?.stations.find((one) => one.id === alert.station_id) : undefined
  if (alert.station_id) return `station:${station?.site_id ?? alert.station_id}`
  const site: unknown = alert.evidence['site_zone_id']
  return typeof site === 'string' ? `zone:${site}` : alert.zone_ids[0] ? `zone:${alert.zone_ids[0]}` : ''
}

function placeLabel(alert: Alert, registry: RegistryView | null): string {
  const station = alert.station_id ? registry?.stations.find((one) => one.id === alert.station_id) : undefined
  const place = station ? station.name || station.id : zoneName(registry, placeKey(alert, registry).replace(/^zone:/, ''))
  return t('group_place', { place, rule: ruleWord(alert) })
}
