/** Times, spans, lengths and places as people read them: always in the registry's time zone. */
import { ref } from 'vue'

import { language, locale } from '.'

export const timezone = ref('Asia/Shanghai')

// Making one takes longer than a thousand uses of it.
const formats = new Map<string, Intl.DateTimeFormat>()
const numbers = new Map<string, Intl.NumberFormat>()

function format(kind: 'time' | 'day'): Intl.DateTimeFormat {
  const key = `${kind} ${timezone.value}`
  let found = formats.get(key)
  if (!found) {
    const fields: Intl.DateTimeFormatOptions =
      kind === 'time'
        ? { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
        : { year: 'numeric', month: '2-digit', day: '2-digit' }
    // Sweden writes YYYY-MM-DD, which is what both languages of the page want.
    found = new Intl.DateTimeFormat('sv-SE', { ...fields, timeZone: timezone.value })
    formats.set(key, found)
  }
  return found
}

export function clockTime(ms: number): string {
  return format('time').format(ms)
}

/** HH:mm:ss today, YYYY-MM-DD HH:mm:ss before; "—" where it is not known. */
export function dateTime(ms: number | null, nowMs: number): string {
  if (ms === null) return '—'
  const day = format('day').format(ms)
  return day === format('day').format(nowMs) ? clockTime(ms) : `${day} ${clockTime(ms)}`
}

/** A month by its name: of 2026-10 "October 2026" or "2026年10月". */
export function monthName(name: string): string {
  const format = new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  return format.format(Date.parse(name))
}

export function span(seconds: number): string {
  const zh = language.value === 'zh'
  const s = Math.max(0, Math.round(seconds))
  if (s < 90) return zh ? `${s} 秒` : `${s} s`
  const min = Math.round(s / 60)
  if (min < 90) return zh ? `${min} 分钟` : `${min} min`
  const h = s / 3600
  if (h < 48) return zh ? `${trim(h)} 小时` : `${trim(h)} h`
  return zh ? `${Math.round(h / 24)} 天` : `${Math.round(h / 24)} days`
}

export function metres(m: number): string {
  return m < 995 ? `${Math.round(m)} m` : `${trim(m / 1000)} km`
}

export function number(value: number, digits = 0): string {
  const key = `${locale.value} ${digits}`
  const kept = numbers.get(key) ?? new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits })
  numbers.set(key, kept)
  return kept.format(value)
}

const UNITS: Readonly<Record<string, string>> = { s: 's', m: 'm', kmh: 'km/h', h: 'h' }
/** The unit that the name of a rule's number ends in. */
export function unitOf(name: string): string {
  return UNITS[name.slice(name.lastIndexOf('_') + 1)] ?? ''
}

/** lat, lon to six places with their system, as people here dictate them. */
export function coordinates(lon: number | null, lat: number | null): string {
  if (lon === null || lat === null) return '—'
  return `${lat.toFixed(6)}, ${lon.toFixed(6)} WGS-84`
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}
