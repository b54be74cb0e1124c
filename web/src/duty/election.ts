/**
 * Which of a browser's tabs sounds: the one in which the watch was begun last.
 *
 * Tabs tell each other that they are there with each sign of life of the stream, not by a timer, which a hidden
 * tab runs once a minute; one that is not heard of any more has lost its say.
 */
import { ref } from 'vue'

const FORGOTTEN_MS = 15_000

type Said = { kind: 'here' | 'bye'; id: string; begunMs: number } | { kind: 'silence'; untilMs: number }

const own = { id: crypto.randomUUID?.() ?? String(Math.random()), begunMs: 0 }
const others = new Map<string, { begunMs: number; seenMs: number }>()
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('haulwatch.watch') : null

/** Whether another tab sounds instead of this one. */
export const soundsElsewhere = ref(false)

let onSilence: (untilMs: number) => void = () => {}

export function hearSilence(listener: typeof onSilence): void {
  onSilence = listener
}

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.kind === 'silence') return onSilence(data.untilMs)
    if (data.kind === 'bye') others.delete(data.id)
    else {
      const isNew = !others.has(data.id)
      others.set(data.id, { begunMs: data.begunMs, seenMs: Date.now() })
      if (isNew) sayHere()
    }
    elect()
  }
  addEventListener('pagehide', () => standBack())
}

/** This tab can sound, from now on before all others. */
export function stand(): void {
  own.begunMs = Date.now()
  sayHere()
  elect()
}

/** This tab can sound no more. */
export function standBack(): void {
  if (own.begunMs === 0) return
  own.begunMs = 0
  channel?.postMessage({ kind: 'bye', ...own } satisfies Said)
  elect()
}

/** A sign of life: tell the others, forget those who are gone. */
export function beat(): void {
  for (const [id, other] of others) if (Date.now() - other.seenMs > FORGOTTEN_MS) others.delete(id)
  sayHere()
  elect()
}

export function tellSilence(untilMs: number): void {
  channel?.postMessage({ kind: 'silence', untilMs } satisfies Said)
}

function sayHere(): void {
  if (own.begunMs > 0) channel?.postMessage({ kind: 'here', ...own } satisfies Said)
}

function elect(): void {
  soundsElsewhere.value = [...others].some(
    ([id, other]) => other.begunMs > own.begunMs || (other.begunMs === own.begunMs && other.begunMs > 0 && id > own.id),
  )
}
