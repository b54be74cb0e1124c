/** The alerts of cases, which the live list need not know: asked for once, then as the stream tells of them. */
import { shallowRef, triggerRef } from 'vue'

import { getAlert } from '../api/alerts'
import type { Alert } from '../api/client'
import { world } from '../live/world'

const found = shallowRef(new Map<string, Alert>())
const asked = new Set<string>()

export function alertById(id: string | undefined): Alert | undefined {
  void world.alerts.newestFirst.value // a change of it is seen here too
  return id === undefined ? undefined : (world.alerts.get(id) ?? found.value.get(id))
}

export function alertsOf(ids: readonly string[]): Alert[] {
  return ids.flatMap((id) => alertById(id) ?? [])
}

/** Ask for those that are not known yet. */
export async function fetchAlerts(ids: readonly string[]): Promise<void> {
  const missing = ids.filter((id) => !world.alerts.get(id) && !asked.has(id))
  for (const id of missing) asked.add(id)
  await Promise.all(
    missing.map(async (id) => {
      try {
        found.value.set(id, await getAlert(id))
      } catch {
        asked.delete(id) // another look asks again
      }
    }),
  )
  if (missing.length > 0) triggerRef(found)
}
