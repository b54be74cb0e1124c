/** Who else has the open case open: said by each page every ten seconds, as long as it is looked at. */
import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'

import { lookAtCase, stopLookingAtCase } from '../api/cases'

const EVERY_MS = 10_000

export function othersAt(caseId: Ref<number | null>): Readonly<Ref<string[]>> {
  const names = shallowRef<string[]>([])
  let timer = 0

  async function look(id: number): Promise<void> {
    if (document.visibilityState === 'hidden') return
    try {
      const lookers = await lookAtCase(id)
      if (caseId.value === id) names.value = lookers.map((one) => one.name)
    } catch {
      // The next look asks again.
    }
  }

  function leave(id: number | null): void {
    clearInterval(timer)
    names.value = []
    if (id !== null) void stopLookingAtCase(id).catch(() => undefined)
  }

  watch(
    caseId,
    (id, before) => {
      leave(before ?? null)
      if (id === null) return
      void look(id)
      timer = window.setInterval(() => void look(id), EVERY_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => leave(caseId.value))
  return names
}
