/** Something that is asked of the service: what it said last stays, whatever happens to the next question. */
import { computed, ref, type Ref, shallowRef, type ShallowRef } from 'vue'

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

/** A list of which one page is shown at a time, with the number of its first entry and how many there are in all. */
export function turningPages<T, N>(question: (from: N | null) => Promise<{ items: T[]; total: number; next?: N | null }>) {
  const { found, failed, ask } = asking(async () => {
    const from = before.value.at(-1)
    return question(from === undefined ? null : from.at)
  })
  /** Where each page before this one ended, and how many entries there were up to there. */
  const before = shallowRef<{ at: N; count: number }[]>([])
  const first = computed(() => before.value.at(-1)?.count ?? 0)
  async function turn(to: { at: N; count: number }[]): Promise<void> {
    before.value = to
    await ask()
    // What was on this page may be gone.
    if (found.value?.items.length === 0 && before.value.length > 0) await turn(before.value.slice(0, -1))
  }
  const onwards = (at: N, shown: number) => turn([...before.value, { at, count: first.value + shown }])
  return {
    found,
    failed,
    first,
    ask: () => turn(before.value),
    forward: () => found.value?.next != null && void onwards(found.value.next, found.value.items.length),
    back: () => void turn(before.value.slice(0, -1)),
  }
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
