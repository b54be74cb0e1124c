/** Something that is asked of the service: what it said last stays, whatever happens to the next question. */
import { ref, type Ref, shallowRef, type ShallowRef } from 'vue'

export interface Asked<T> {
  found: ShallowRef<T | null>
  failed: Ref<boolean>
  ask(): Promise<void>
}

export function asking<T>(question: () => Promise<T>): Asked<T> {
  const found = shallowRef<T | null>(null)
  const failed = ref(false)
  let newest = 0
  async function ask(): Promise<void> {
    const mine = ++newest
    try {
      const answer = await question()
      if (mine !== newest) return
      found.value = answer
      failed.value = false
    } catch {
      if (mine === newest) failed.value = true
    }
  }
  return { found, failed, ask }
}

/** A list in pages: the first is asked anew, the next ones are added. */
export function askingPages<T, N>(question: (next: N | null) => Promise<{ items: T[]; next?: N | null }>) {
  const items = shallowRef<T[] | null>(null)
  const next = shallowRef<N | null>(null)
  const failed = ref(false)
  let newest = 0
  async function turn(from: N | null): Promise<void> {
    const mine = ++newest
    try {
      const answer = await question(from)
      if (mine !== newest) return
      items.value = from === null ? answer.items : [...(items.value ?? []), ...answer.items]
      next.value = answer.next ?? null
      failed.value = false
    } catch {
      if (mine === newest) failed.value = true
    }
  }
  return { items, next, failed, ask: () => turn(null), more: () => turn(next.value) }
}
