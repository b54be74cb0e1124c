/**
 * The watch at this seat: what is called out, by sound and beside it, and for how long.
 *
 * A call begins with the message of the stream that raises the alert, never by a timer.
 */
import { computed, ref, watch } from 'vue'

import { isUnacknowledged } from '../alerts/listing'
import type { Alert } from '../api/client'
import { severityRank } from '../live/alertbook'
import { world } from '../live/world'
import { notifyDesktop } from './desktop'
import { beat, hearSilence, soundsElsewhere, stand, standBack, tellSilence } from './election'
import { isAnnunciated, isFlood } from './flood'
import { callCritical, callMajor, isCalling, openSpeaker, runs, stop, test } from './speaker'

const CALLED_WITHIN_MS = 15 * 60_000
const SILENT_MS = 120_000
const FLOOD_SPACED_S = 15
const KEPT = 'haulwatch.watch'

export type WatchState = 'wall' | 'off' | 'blocked' | 'elsewhere' | 'silent' | 'on'

/** A wall is looked at by everybody and heard by nobody. */
const isWall = new URLSearchParams(location.search).get('wall') === '1'
const begun = ref(kept() === 'on')
const silentUntilMs = ref(0)
/** Critical ones that were called out and that nobody has taken since. */
const called = ref(new Set<string>())

export const showsWatch = ref(false)
export const silentLeftS = computed(() => Math.max(0, Math.ceil((silentUntilMs.value - world.nowMs.value) / 1000)))
export const watchState = computed<WatchState>(() => {
  if (isWall) return 'wall'
  if (!begun.value) return 'off'
  if (!runs.value) return 'blocked'
  if (soundsElsewhere.value) return 'elsewhere'
  return silentLeftS.value > 0 ? 'silent' : 'on'
})

/** Begin the watch, from within a click or a key: audio, the test tone, this tab before all others. */
export async function beginWatch(): Promise<void> {
  begun.value = true
  keep('on')
  if (!(await openSpeaker())) return
  stand()
  test()
}

export function endWatch(): void {
  begun.value = false
  keep('off')
  stop()
  standBack()
}

/** Silent for two minutes; nothing is acknowledged by it. */
export function silence(untilMs = world.nowMs.value + SILENT_MS): void {
  silentUntilMs.value = untilMs
  stop()
}

export function silenceAll(): void {
  silence()
  tellSilence(silentUntilMs.value)
}
hearSilence(silence)

/** After a reload the first click or key lets it speak again. */
async function goOn(): Promise<void> {
  if (begun.value && !runs.value && (await openSpeaker())) stand()
}
for (const sign of ['pointerdown', 'keydown']) addEventListener(sign, () => void goOn(), { capture: true, passive: true })

export function callFor(alert: Alert, before: Alert | undefined): 'critical' | 'major' | null {
  if (alert.found_late || !isAnnunciated(alert.severity) || !isUnacknowledged(alert)) return null
  if (before !== undefined && severityRank(before.severity) >= severityRank(alert.severity)) return null
  if (world.nowMs.value - Date.parse(alert.detected_at) > CALLED_WITHIN_MS) return null
  return world.shelves.hiding(alert) ? null : (alert.severity as 'critical' | 'major')
}

world.onAlert((alert, before) => {
  const call = callFor(alert, before)
  if (call === null || isWall) return
  if (call === 'critical') called.value = new Set(called.value).add(alert.id)
  if (!soundsElsewhere.value && call === 'critical') notifyDesktop(alert)
  if (watchState.value !== 'on') return
  if (call === 'critical') callCritical(isFlood.value ? FLOOD_SPACED_S : undefined)
  else if (!isFlood.value) callMajor()
})

/** Those called out that still wait; once there are none, the call ends. */
export const waiting = computed<Alert[]>(() => {
  void world.alerts.newestFirst.value
  return [...called.value].flatMap((id) => world.alerts.get(id) ?? []).filter((one) => isUnacknowledged(one) && !world.shelves.hiding(one))
})
watch(waiting, (left) => {
  if (left.length > 0 || called.value.size === 0) return
  called.value = new Set()
  if (watchState.value !== 'elsewhere') stop()
})

/** The band that stands where sound has ended, was silenced or is not to be had. */
export const standing = computed(() => {
  void world.nowMs.value
  return waiting.value.length > 0 && !isCalling() ? waiting.value : []
})

watch(() => world.nowMs.value, () => begun.value && runs.value && beat())

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT)
  } catch {
    return null
  }
}

function keep(value: string): void {
  try {
    sessionStorage.setItem(KEPT, value)
  } catch {
    // The next reload asks again.
  }
}
