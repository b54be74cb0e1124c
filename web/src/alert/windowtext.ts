/** Weekly windows in words: "Mon–Fri 20:00–04:00"; both as evidence gives them and as the registry file writes them. */
import { t, type Word } from '../words'
import { type Evidence, list, num, str, texts } from './evidence'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

export function windowsText(given: unknown): string {
  return list(given).map((one) => `${days(texts(one['days']))} ${from(one)}–${to(one)}`).join(t('clause_separator'))
}

function days(named: string[]): string {
  if (named.length === 0 || named.length === DAYS.length) return t('every_day')
  const at = named.map((one) => DAYS.indexOf(one))
  const runs = at.length > 2 && at.every((one, index) => index === 0 || one === at[index - 1]! + 1)
  const words = named.map((one) => t(`day_${one}` as Word))
  return runs ? `${words[0]}–${words.at(-1)}` : words.join(t('day_separator'))
}

const clock = (min: number): string => `${String(Math.floor(min / 60)).padStart(2, '0')}:${String(min % 60).padStart(2, '0')}`
const from = (one: Evidence): string => (typeof one['from_min'] === 'number' ? clock(one['from_min']) : str(one['from']))
function to(one: Evidence): string {
  if (typeof one['to_min'] !== 'number') return str(one['to'])
  const min = num(one['to_min'])
  return min > 1440 ? clock(min - 1440) : clock(min)
}
