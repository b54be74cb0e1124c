/** What is shelved, and what it hides: the service says what stands, the page's clock when its time is over. */
import { computed, shallowRef } from 'vue'

import type { Shelf } from '../api/alerts'
import type { Alert } from '../api/client'
import { severityRank } from '../live/alertbook'

/** Whom an alert is about, as a shelf names it. */
export function subjectKey(alert: Alert): string {
  if (alert.vehicle_id) return `vehicle:${alert.vehicle_id}`
  if (alert.station_id) return `station:${alert.station_id}`
  return alert.area ? `area:${alert.area}` : `device:${alert.device_id ?? ''}`
}

export class ShelfBook {
  private readonly byId = shallowRef(new Map<number, Shelf>())
  private readonly nowMs = shallowRef(0)
  /** Those that stand now, by what they hide. */
  readonly standing = computed(() => {
    const found = new Map<string, Shelf>()
    for (const one of this.byId.value.values()) if (this.stands(one)) found.set(keyOf(one), one)
    return found
  })
  /** The newest that is over, by what it hid: what comes back from it is marked. */
  private readonly over = computed(() => {
    const found = new Map<string, Shelf>()
    const oldestFirst = [...this.byId.value.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    for (const one of oldestFirst) if (!this.stands(one)) found.set(keyOf(one), one)
    return found
  })
  readonly count = computed(() => this.standing.value.size)

  load(shelves: readonly Shelf[]): void {
    this.byId.value = new Map(shelves.map((one) => [one.id, one]))
  }

  change(shelf: Shelf): void {
    this.byId.value = new Map(this.byId.value).set(shelf.id, shelf)
  }

  /** The time passes: a shelf may be over by it. Nothing is computed anew unless one is. */
  tell(nowMs: number): void {
    for (const one of this.byId.value.values()) {
      const untilMs = Date.parse(one.until)
      if (this.nowMs.value < untilMs && untilMs <= nowMs) {
        this.nowMs.value = nowMs
        return
      }
    }
  }

  /** The shelf that hides an alert now, if any. */
  hiding(alert: Alert): Shelf | undefined {
    const found = this.standing.value.get(keyOfAlert(alert))
    return found && severityRank(alert.severity) <= severityRank(found.severity) ? found : undefined
  }

  /** The shelf that an alert has come back from: its time is over, or the alert is worse than what was shelved. */
  backFrom(alert: Alert): Shelf | undefined {
    const stands = this.standing.value.get(keyOfAlert(alert))
    if (stands) return severityRank(alert.severity) > severityRank(stands.severity) ? stands : undefined
    return this.over.value.get(keyOfAlert(alert))
  }

  clear(): void {
    this.byId.value = new Map()
  }

  private stands(one: Shelf): boolean {
    return one.over_because === null && Date.parse(one.until) > this.nowMs.value
  }
}

function keyOf(shelf: Shelf): string {
  return [shelf.subject, shelf.rule_id, shelf.district_id ?? ''].join('|')
}

function keyOfAlert(alert: Alert): string {
  return [subjectKey(alert), alert.rule_id, alert.district_id ?? ''].join('|')
}
