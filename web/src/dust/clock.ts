/** Time axes: ECharts knows the browser's zone only, so it is fed instants shifted to the registry's, with useUTC. */
import { timezone } from '../words/format'

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clock on the wall shows at an instant, as if that were UTC. */
export function wallMs(ms: number): number {
  let format = formats.get(timezone.value)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone.value, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    })
    formats.set(timezone.value, format)
  }
  const of: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(ms)) of[type] = Number(value)
  const floor = Date.UTC(of['year']!, of['month']! - 1, of['day']!, of['hour']!, of['minute']!, of['second']!)
  return floor + (((ms % 1000) + 1000) % 1000)
}

/** HH:mm of an instant. */
export function hourMinute(ms: number): string {
  return new Date(wallMs(ms)).toISOString().slice(11, 16)
}

/** YYYY-MM-DD of an instant. */
export function day(ms: number): string {
  return new Date(wallMs(ms)).toISOString().slice(0, 10)
}
