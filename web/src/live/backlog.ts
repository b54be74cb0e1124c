/**
 * What the list must hold whatever its age: everything ongoing, and everything that nobody has taken.
 *
 * Of what is only to be reviewed the newest are loaded and the rest page by page; its count is the service's.
 */
import { ref, shallowRef } from 'vue'

import { type AlertCounts, getAlertCounts, getOngoingAlerts, getUnacknowledged } from '../api/alerts'
import type { Alert, Severity } from '../api/client'

const ANNUNCIATED: readonly Severity[] = ['critical', 'major']
const REVIEW: readonly Severity[] = ['minor', 'info']
const COUNT_AGAIN_MS = 5000

export class Backlog {
  /** The service's counts; null before the first answer. */
  readonly counts = shallowRef<AlertCounts | null>(null)
  /** Where the untaken ones to review go on; null when all of them are here. */
  readonly reviewCursor = ref<string | null>(null)
  private countedMs = 0
  private counting = false

  async load(): Promise<Alert[]> {
    const [ongoing, annunciated, review] = await Promise.all([
      getOngoingAlerts(), allUnacknowledged(ANNUNCIATED), getUnacknowledged(REVIEW), this.count(),
    ])
    this.reviewCursor.value = review.next ?? null
    return [...ongoing, ...annunciated, ...review.items]
  }

  async moreToReview(): Promise<Alert[]> {
    if (this.reviewCursor.value === null) return []
    const page = await getUnacknowledged(REVIEW, this.reviewCursor.value)
    this.reviewCursor.value = page.next ?? null
    return page.items
  }

  async count(): Promise<void> {
    this.counting = true
    this.countedMs = Date.now()
    try {
      this.counts.value = await getAlertCounts()
    } catch {
      // What was counted last stays; the next change asks again.
    } finally {
      this.counting = false
    }
  }

  /** Something changed: count again, but not with every change. */
  changed(): void {
    if (!this.counting && Date.now() - this.countedMs > COUNT_AGAIN_MS) void this.count()
  }

  clear(): void {
    this.counts.value = null
    this.reviewCursor.value = null
  }
}

async function allUnacknowledged(severities: readonly Severity[]): Promise<Alert[]> {
  const found: Alert[] = []
  let cursor: string | undefined
  do {
    const page = await getUnacknowledged(severities, cursor)
    found.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return found
}
