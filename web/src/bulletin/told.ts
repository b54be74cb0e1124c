/** The figures of a bulletin as they are written: shares, changes, places; a dash where something is unknown. */
import type { Bulletin, Counted } from '../api/bulletins'
import { language, locale, t } from '../words'
import { number } from '../words/format'

export const DASH = '—'
const NUMERALS = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二']

function percent(share: number | null, digits = 1): string {
  return share === null ? DASH : `${(100 * share).toFixed(digits)}%`
}

/** Rates that platforms are held to have two decimals: 99.96% is not all of them. Shares have one. */
export function asRate(share: number | null): string {
  return percent(share, 2)
}

export function shareOf(n: number, of: number): string {
  return of === 0 ? DASH : percent(n / of)
}

/** +12 (+7.0%); of nothing before only the number, without a period before a dash. */
export function change(count: Counted): string {
  if (count.change === null) return DASH
  const sign = count.change > 0 ? '+' : count.change < 0 ? '−' : '±'
  const share = count.change_share === null || count.change === 0 ? '' : ` (${sign}${percent(Math.abs(count.change_share))})`
  return `${sign}${number(Math.abs(count.change))}${share}`
}

const TENTH_MS = 360_000

/** Hours to a tenth; of several, what their own tenths come to, as who adds up the lines finds it. */
export function hours(...each: (number | null)[]): string {
  const known = each.filter((ms) => ms !== null)
  if (known.length < each.length) return DASH
  const tenths = known.reduce((sum, ms) => sum + Math.round(ms / TENTH_MS), 0)
  return new Intl.NumberFormat(locale.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(tenths / 10)
}

/** The heads of the parts are numbered as official papers number them. */
export function ordinal(n: number): string {
  return language.value === 'zh' ? `${NUMERALS[n - 1] ?? n}、` : `${n}. `
}

/** What is kept off the page where there is nothing of it, so that the numbers of the heads go on. */
export type Part = 'summary' | 'kinds' | 'companies' | 'districts' | 'offenders' | 'spots' | 'dust' | 'cases' | 'data' | 'amendments' | 'notes'

export function partsOf(bulletin: Bulletin): Part[] {
  const parts: Part[] = ['summary', 'kinds', 'companies', 'districts', 'offenders', 'spots', 'dust', 'cases', 'data']
  if (bulletin.within !== null && bulletin.within.length <= 1) parts.splice(parts.indexOf('districts'), 1)
  if (bulletin.amendments.length > 0) parts.push('amendments')
  return [...parts, 'notes']
}

/** What kinds there are and how often, the most first: 超速 3、偏离路线 1. */
export function kindsSaid(byRule: Readonly<Record<string, number>>, wordOf: (rule: string) => string): string {
  return Object.entries(byRule)
    .map(([rule, n]) => `${wordOf(rule)} ${number(n)}`)
    .join(t('list_comma'))
}
