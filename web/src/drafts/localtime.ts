/** Times of the registry's zone as form fields write them: `YYYY-MM-DDTHH:mm`, or a day alone. */
import { timezone } from '../words/format'

function fieldsAt(ms: number): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone.value, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }).format(ms)
  return parts.replace(' ', 'T')
}

/** The instant of a local time. Where clocks skip it, the one as far after the skip. */
export function atLocal(written: string): number {
  const asUtc = Date.parse(`${written.length === 10 ? `${written}T00:00` : written}Z`)
  const offset = (ms: number) => Date.parse(`${fieldsAt(ms)}Z`) - Math.floor(ms / 1000) * 1000
  const first = asUtc - offset(asUtc)
  return asUtc - offset(first)
}

/** An instant as people write it: a day where the local day begins then, or, as an end, was the last. */
export function dayOrTime(written: string, isEnd: boolean): string {
  const ms = Date.parse(written)
  if (!fieldsAt(ms).endsWith('T00:00:00')) return timeAt(ms).replace('T', ' ')
  return dayAt(isEnd ? ms - 1 : ms)
}

/** The local day of an instant. */
export function dayAt(ms: number): string {
  return fieldsAt(ms).slice(0, 10)
}

/** The local time of an instant, to the minute. */
export function timeAt(ms: number): string {
  return fieldsAt(ms).slice(0, 16)
}
