/** Which case each alert is in, and where people are with it. */
import { shallowRef, triggerRef } from 'vue'

import type { CaseBrief, CaseDetail, CaseView } from '../api/cases'
import type { Alert } from '../api/client'

export class CaseBook {
  private readonly byAlert = shallowRef(new Map<string, CaseBrief>())
  /** The number of the newest act that is known; null before the first load. */
  newestAct: number | null = null
  /** Raised with every case that changes: open lists ask again. */
  readonly changes = shallowRef(0)
  /** Raised with every change of a warning from outside. */
  readonly outside = shallowRef(0)

  /** The case of an alert; undefined as long as nobody has acted on it. */
  of(alertId: string): CaseBrief | undefined {
    return this.byAlert.value.get(alertId)
  }

  /** Nobody has taken it, or it was opened again. */
  awaits(alertId: string): boolean {
    const state = this.of(alertId)?.state
    return state === undefined || state === 'new' || state === 'reopened'
  }

  load(alerts: readonly Alert[]): void {
    for (const alert of alerts) if (alert.case) this.put(alert.id, alert.case)
    triggerRef(this.byAlert)
  }

  change(changed: CaseView): void {
    // What was taken out of the case is nobody's again.
    for (const [id, brief] of this.byAlert.value) {
      if (brief.id === changed.id && brief.version < changed.version && !changed.alert_ids.includes(id)) this.byAlert.value.delete(id)
    }
    for (const id of changed.alert_ids) this.put(id, changed)
    triggerRef(this.byAlert)
    this.changes.value += 1
    if (changed.source === 'external') this.outside.value += 1
  }

  took(detail: CaseDetail): void {
    this.change(detail.case)
  }

  clear(): void {
    this.byAlert.value = new Map()
    this.newestAct = null
  }

  private put(alertId: string, brief: CaseBrief): void {
    const known = this.byAlert.value.get(alertId)
    if (known && known.id === brief.id && known.version > brief.version) return
    this.byAlert.value.set(alertId, { id: brief.id, state: brief.state, assignee: brief.assignee, version: brief.version })
  }
}
