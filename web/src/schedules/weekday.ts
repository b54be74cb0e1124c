/** Days of the week after a period, by how many days they are after its end. */
import { language } from '../words'

/** A Monday, anywhere in the calendar. */
const MONDAY_MS = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000

export function weekday(afterDays: number): string {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(MONDAY_MS + afterDays * DAY_MS)
}
