/** The alerts the page knows, by id: what the stream says last is what counts. */
import { computed, shallowRef, triggerRef } from 'vue'

import { type Alert, type Severity, SEVERITIES } from '../api/client'

export class AlertBook {
  private readonly byId = shallowRef(new Map<string, Alert>())
  /** Changed by the stream while a load was under way: the load is older and must not undo it. */
  private touched: Set<string> | null = null
  private scheduled = false

  readonly newestFirst = computed(() => [...this.byId.value.values()].sort(byDetection))
  readonly ongoing = computed(() => this.newestFirst.value.filter(isOngoing))
  readonly ongoingBySeverity = computed(() => {
    const counts: Record<Severity, number> = { critical: 0, major: 0, minor: 0, info: 0 }
    for (const alert of this.ongoing.value) counts[alert.severity] += 1
    return counts
  })

  get(id: string): Alert | undefined {
    return this.byId.value.get(id)
  }

  change(alert: Alert): void {
    this.byId.value.set(alert.id, alert)
    this.touched?.add(alert.id)
    this.announce()
  }

  beginLoad(): void {
    this.touched = new Set()
  }

  /** Replace everything by what was loaded, save what the stream changed meanwhile. */
  finishLoad(alerts: Alert[]): void {
    const touched = this.touched ?? new Set<string>()
    const next = new Map(alerts.map((alert) => [alert.id, alert]))
    for (const id of touched) {
      const newer = this.byId.value.get(id)
      if (newer) next.set(id, newer)
    }
    this.touched = null
    this.byId.value = next
  }

  /** Add earlier alerts, which the stream has not spoken of. */
  addEarlier(alerts: Alert[]): void {
    for (const alert of alerts) if (!this.byId.value.has(alert.id)) this.byId.value.set(alert.id, alert)
    this.announce()
  }

  /** A burst of a thousand changes is one redraw. */
  private announce(): void {
    if (this.scheduled) return
    this.scheduled = true
    setTimeout(() => {
      this.scheduled = false
      triggerRef(this.byId)
    }, 50)
  }
}

export function isOngoing(alert: Alert): boolean {
  return alert.ended_at === null && !alert.withdrawn
}

export function severityRank(severity: Severity): number {
  return SEVERITIES.length - SEVERITIES.indexOf(severity)
}

function byDetection(a: Alert, b: Alert): number {
  return Date.parse(b.detected_at) - Date.parse(a.detected_at) || (a.id < b.id ? -1 : 1)
}
