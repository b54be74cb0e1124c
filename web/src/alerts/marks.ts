/** Alerts that were marked to be acted on together, and the question that is open about some of them. */
import { computed, ref } from 'vue'

import { world } from '../live/world'
import { closedGroupOf } from './held'

/** As many as one request may name. */
export const MOST_MARKED = 200

export type Asked = 'acknowledge' | 'assign' | 'dismiss'

const chosen = ref(new Set<string>())
export const marked = computed(() => [...chosen.value].filter((id) => world.alerts.get(id) !== undefined))
/** What is asked about whom, while the dialog is open. */
export const asked = ref<{ act: Asked; ids: string[] } | null>(null)
/** The alert that is to be shelved, while the dialog is open. */
export const shelvingId = ref<string | null>(null)

/** Mark an alert, with those folded under it, or take the mark away. */
export function toggleMark(id: string): void {
  const ids = closedGroupOf(id)?.ids ?? [id]
  const next = new Set(chosen.value)
  const adds = !next.has(id)
  for (const one of ids) {
    if (!adds) next.delete(one)
    else if (next.size < MOST_MARKED) next.add(one)
  }
  chosen.value = next
}

export function isMarked(id: string): boolean {
  return chosen.value.has(id)
}

export function clearMarks(): void {
  chosen.value = new Set()
}

/** Whom an act is about that is asked for at a row: the marked ones, else a closed group, else nobody but itself. */
export function together(id: string | null): string[] | null {
  if (marked.value.length > 0) return marked.value
  return closedGroupOf(id)?.ids.slice(0, MOST_MARKED) ?? null
}
