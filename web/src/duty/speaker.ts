/** The page's one loudspeaker. Browsers let it speak only after a click or a key. */
import { ref } from 'vue'

import { readSetting } from '../settings'
import { type Call, LENGTH_S, schedule } from './tones'

const AGAIN_S = 15
const CALLING_S = 120

/** Whether the audio runs: what is put on its clock is heard. */
export const runs = ref(false)
/** 0 to 1. */
export const volume = ref(Math.min(1, Math.max(0, Number(readSetting('volume') ?? '0.7')) || 0))

interface Said {
  call: Call
  atS: number
  endS: number
  takeBack: () => void
}

let context: AudioContext | null = null
let gain: GainNode | null = null
/** Everything that is heard now or will be, in order of the audio's clock. */
let said: Said[] = []
/** When the last call for something critical began to be heard. */
let begunS = -Infinity

/** Begin to speak, from within a click or a key; again where the browser has stopped it. */
export async function openSpeaker(): Promise<boolean> {
  if (context === null) {
    const made = new AudioContext()
    context = made
    gain = made.createGain()
    gain.connect(made.destination)
    made.onstatechange = () => (runs.value = made.state === 'running')
  }
  setVolume(volume.value)
  // Without a click before it, this neither succeeds nor fails; a busy computer takes seconds over it.
  await Promise.race([context.resume().catch(() => {}), new Promise((done) => setTimeout(done, 15_000))])
  runs.value = context.state === 'running'
  return runs.value
}

export function setVolume(next: number): void {
  volume.value = next
  if (context && gain) gain.gain.setValueAtTime(next, context.currentTime)
  try {
    localStorage.setItem('haulwatch.volume', String(next))
  } catch {
    // Kept as long as the page is.
  }
}

/** Three tones, to hear that it works and how loud. */
export function test(): void {
  if (context && runs.value) say('major', context.currentTime)
}

/** Whether a call for something critical goes on. */
export function isCalling(): boolean {
  return said.some((one) => one.call === 'critical' && one.endS > (context?.currentTime ?? 0))
}

/**
 * Critical: at once and again every 15 s for two minutes, all of it on the audio's clock, which no hidden tab slows.
 * What is being heard is said to its end, and the next call begins `spacedS` after the last one began, or later.
 */
export function callCritical(spacedS = LENGTH_S.critical): void {
  if (!context || !runs.value) return
  const nowS = context.currentTime
  for (const one of said) {
    if (one.atS > nowS) one.takeBack()
    else if (one.call === 'critical') begunS = Math.max(begunS, one.atS)
  }
  said = said.filter((one) => one.atS <= nowS && one.endS > nowS)
  const firstS = Math.max(nowS, ...said.map((one) => one.endS), begunS + spacedS)
  for (let atS = firstS; atS <= firstS + CALLING_S; atS += AGAIN_S) say('critical', atS)
}

/** Major: once, after what is being said, and not beside a critical call; many at a time are one. */
export function callMajor(): void {
  if (!context || !runs.value) return
  const nowS = context.currentTime
  const left = said.filter((one) => one.endS > nowS)
  if (left.some((one) => one.call === 'critical' || one.atS > nowS)) return
  say('major', Math.max(nowS, ...left.map((one) => one.endS)))
}

/** Say nothing more; what is being heard is cut. */
export function stop(): void {
  for (const one of said) one.takeBack()
  said = []
}

function say(call: Call, atS: number): void {
  if (!context || !gain) return
  said.push({ call, atS, endS: atS + LENGTH_S[call], takeBack: schedule(context, gain, call, atS) })
}
