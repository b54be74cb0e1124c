/** What carries a terminal, or could: the registry's vehicles and stations by their devices and plates. */
import type { Terminal } from '../api/terminals'
import { world } from '../live/world'

export interface Carrier {
  deviceId: string
  name: string
  plate: string | null
  color: string
}

/** What a device of this terminal's kind may be carried by, in the order of the registry. */
export function carriersFor(protocol: Terminal['protocol']): Carrier[] {
  const registry = world.registry.value
  if (protocol === 'hj212') {
    return (registry?.stations ?? []).flatMap((one) => (one.device_id ? [{ deviceId: one.device_id, name: one.name || one.id, plate: null, color: 'other' }] : []))
  }
  return (registry?.vehicles ?? []).flatMap((one) => (one.device_id ? [{ deviceId: one.device_id, name: one.plate || one.id, plate: one.plate || null, color: one.plate_color }] : []))
}

export function carrierOf(terminal: Terminal): Carrier | null {
  return carriersFor(terminal.protocol).find((one) => one.deviceId === terminal.device_id) ?? null
}

export function plateOf(terminal: Terminal): string {
  return String(terminal.said['plate'] ?? '')
}

const plain = (text: string) => text.replace(/[\s·]/g, '').toUpperCase()

/** The one whose plate the terminal says, or that has its name as a device. */
export function likelyCarrier(terminal: Terminal): Carrier | null {
  const plate = plain(plateOf(terminal))
  return carriersFor(terminal.protocol).find((one) => one.deviceId === terminal.terminal_id || (plate !== '' && one.plate !== null && plain(one.plate) === plate)) ?? null
}

/** Read what somebody chose or typed: a name, a plate, or a device. */
export function carrierNamed(protocol: Terminal['protocol'], text: string): Carrier | null {
  const wanted = plain(text)
  if (wanted === '') return null
  return carriersFor(protocol).find((one) => plain(one.deviceId) === wanted || plain(one.name) === wanted) ?? null
}
