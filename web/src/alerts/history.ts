/** Everything there ever was, page by page, newest first; a filter by severity is the service's, never a page's. */
import { ref } from 'vue'

import { getAlerts } from '../api/alerts'
import { type Severity, SEVERITIES } from '../api/client'
import { world } from '../live/world'

/** Down to where everything is here (ms); before the first answer, what is known is shown. */
export const reachMs = ref(-Infinity)
export const hasEarlier = ref(false)

let cursor: string | null = null
let asked: readonly Severity[] = SEVERITIES
let newest = 0

/** Ask for the first page of these severities. */
export async function beginHistory(severities: readonly Severity[]): Promise<void> {
  asked = severities
  cursor = null
  await turn()
}

export async function loadEarlier(): Promise<void> {
  if (cursor !== null) await turn()
}

async function turn(): Promise<void> {
  const mine = ++newest
  if (asked.length === 0) {
    hasEarlier.value = false
    return
  }
  const page = await getAlerts({ limit: 200, severity: asked, ...(cursor === null ? {} : { cursor }) }).catch(() => null)
  if (mine !== newest || page === null) return
  world.addEarlier(page.items)
  cursor = page.next ?? null
  const last = page.items.at(-1)
  reachMs.value = cursor === null ? -Infinity : Date.parse(last?.detected_at ?? '')
  hasEarlier.value = cursor !== null
}
