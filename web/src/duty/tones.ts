/**
 * The tones that call, after IEC 60601-1-8: high priority is five pulses (three, then two), twice; medium is
 * three. Each pulse has a fundamental below 1 kHz and four harmonics, and soft edges.
 */
export type Call = 'critical' | 'major'

const PULSE_S: Record<Call, number> = { critical: 0.15, major: 0.2 }
/** When each pulse of one call begins (s), and its pitch (Hz). */
const PULSES: Record<Call, readonly (readonly [number, number])[]> = {
  critical: [0, 1.6].flatMap((from) => [[from, 523], [from + 0.25, 659], [from + 0.5, 784], [from + 0.95, 659], [from + 1.2, 880]] as const),
  major: [[0, 659], [0.45, 587], [0.9, 523]],
}
export const LENGTH_S: Record<Call, number> = { critical: 3.1, major: 1.2 }
const HARMONICS = new Float32Array([0, 1, 0.6, 0.4, 0.25, 0.15])
const EDGE_S = 0.02

/** Put one call on the audio's own clock; gives what takes it back. */
export function schedule(context: AudioContext, out: AudioNode, call: Call, atS: number): () => void {
  const wave = context.createPeriodicWave(new Float32Array(HARMONICS.length), HARMONICS)
  const pulses = PULSES[call].map(([fromS, pitchHz]) => pulse(context, out, wave, pitchHz, atS + fromS, PULSE_S[call]))
  return () => pulses.forEach((one) => one.stop())
}

function pulse(context: AudioContext, out: AudioNode, wave: PeriodicWave, pitchHz: number, atS: number, lengthS: number): OscillatorNode {
  const tone = context.createOscillator()
  const edge = context.createGain()
  tone.setPeriodicWave(wave)
  tone.frequency.value = pitchHz
  edge.gain.setValueAtTime(0, atS)
  edge.gain.linearRampToValueAtTime(1, atS + EDGE_S)
  edge.gain.setValueAtTime(1, atS + lengthS - EDGE_S)
  edge.gain.linearRampToValueAtTime(0, atS + lengthS)
  tone.connect(edge).connect(out)
  tone.start(atS)
  tone.stop(atS + lengthS)
  tone.onended = () => edge.disconnect()
  return tone
}
