/** Something that is asked of the service: what it said last stays, whatever happens to the next question. */
import { ref, type Ref, shallowRef, type ShallowRef } from 'vue'

import { ApiFailure } from '../api/client'

export interface Asked<T> {
  found: ShallowRef<T | null>
  failed: Ref<boolean>
  /** What the service said, where it is the question that is wrong: asked again it fails again. */
  refusal: ShallowRef<ApiFailure | null>
  ask(): Promise<void>
}

export function asking<T>(question: () => Promise<T>): Asked<T> {
  const found = shallowRef<T | null>(null)
  const failed = ref(false)
  const refusal = shallowRef<ApiFailure | null>(null)
  let newest = 0
  async function ask(): Promise<void> {
    const mine = ++newest
    try {
      const answer = await question()
      if (mine !== newest) return
      found.value = answer
      failed.value = false
      refusal.value = null
    } catch (error) {
      if (mine !== newest) return
      failed.value = true
      refusal.value = error instanceof ApiFailure && [404, 409, 422].includes(error.status) ? error : null
    }
  }
  return { found, failed, refusal, ask }
}

/** A list of which one page is shown at a time; turned back by where the pages before it ended. */
export function turningPages<T extends { items: unknown[]; next?: N | null }, N>(question: (from: N | null) => Promise<T>) {
  const ends: N[] = []
  const { found, failed, ask } = asking(() => question(ends.at(-1) ?? null))
  async function again(): Promise<void> {
    await ask()
    // What was on this page may be gone.
    if (found.value?.items.length === 0 && ends.pop() !== undefined) await again()
  }
  async function forward(): Promise<void> {
    const next = found.value?.next
    if (next == null) return
    ends.push(next)
    await again()
  }
  async function back(): Promise<void> {
    ends.pop()
    await again()
  }
  return { found, failed, ask: again, forward, back }
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
