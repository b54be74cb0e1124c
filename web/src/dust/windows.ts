/** A limit's windows as the chart, the bars and the table show them. */
import type { StationWindows } from '../api/stations'
import { t } from '../words'
import { number } from '../words/format'
import { hourMinute } from './clock'

export type Limit = StationWindows['limits'][number]
export type Window = Limit['windows'][number]

/** How a window is drawn: its verdict, or why it has none. `open` still grows, `low` has too few valid data. */
export type Look = 'over' | 'between' | 'under' | 'provisional' | 'open' | 'low' | 'lower_bound' | 'empty' | 'off'

export interface Terms {
  id: string
  name: string
  quantity: string
  limit: number
  clear_below?: number
  window_s: number
  min_coverage: number
  minus_background?: boolean
  background_cap?: number
}

export function termsOf(limit: Limit): Terms {
  return limit.limit as unknown as Terms
}

export function lookOf(window: Window, terms: Terms): Look {
  if (window.coverage === 0) return 'empty'
  if (!window.closed) return 'open'
  if (!window.in_force) return 'off'
  if (window.verdict === 'provisional') return 'provisional'
  if (window.verdict !== 'none') return window.verdict
  return window.coverage < terms.min_coverage ? 'low' : 'lower_bound'
}

/** Looks that have a value to be compared with the limit. */
export function hasValue(look: Look): boolean {
  return look !== 'low' && look !== 'empty'
}

export function unitOf(quantity: string): string {
  return quantity === 'noise_db' ? 'dB' : 'µg/m³'
}

export function verdictWord(window: Window, terms: Terms): string {
  const percent = number(window.coverage * 100)
  switch (lookOf(window, terms)) {
    case 'low':
      return t('verdict_low', { percent, least: number(terms.min_coverage * 100) })
    case 'open':
      return t('verdict_open')
    case 'empty':
      return t('verdict_empty')
    case 'off':
      return t('verdict_off')
    case 'lower_bound':
      return t('verdict_lower_bound')
    case 'provisional':
      return t('verdict_provisional')
    case 'over':
      return t('verdict_over')
    case 'between':
      return t('verdict_between', { clear: number(terms.clear_below ?? terms.limit) })
    case 'under':
      return t('verdict_under')
  }
}

export function spanText(window: Window): string {
  return `${hourMinute(Date.parse(window.start))}–${hourMinute(Date.parse(window.end))}`
}
