/** How a limit was exceeded: each window over it by its own sum, and what the day allows. */
import type { Explanation } from '../api/alerts'
import { world } from '../live/world'
import { unitOf } from '../dust/windows'
import { t, term } from '../words'
import { clockTime, dateTime, number, span } from '../words/format'
import { type Evidence, list, num, str } from './evidence'
import type { How } from './how'

const MOST_WINDOWS = 12

export function dustHow(e: Evidence, { alert }: Explanation): How[] {
  const quantity = str(e['quantity'])
  const unit = unitOf(quantity)
  const windowMs = num(e['window_s']) * 1000
  const limit = `> ${number(num(e['limit']), 1)} ${unit}`
  const windows = list(e['windows'])
  const over = windows.filter((one) => one['verdict'] === 'over')
  const shown = [...list(e['recorded']), ...(over.length > 0 ? over : windows)].slice(0, MOST_WINDOWS)
  const until = (ms: number): string => `${dateTime(ms, world.nowMs.value)}–${clockTime(ms + windowMs).slice(0, 5)}`
  const allowed = num(e['allowed_per_day'] ?? 0)
  return [
    ...shown.map((one) => ({
      what: until(num(one['start_ms'])),
      value: `${one['lower_bound'] === true ? '≥ ' : ''}${number(num(one['value']), 1)} ${unit}`,
      limit,
      formula: [sum(e, one, quantity), t('how_coverage', { percent: number(num(one['coverage']) * 100), least: number(num(e['min_coverage'] ?? 0.75) * 100) })].join(' · '),
      ms: num(one['start_ms']),
    })),
    { what: t('how_peak', { quantity: term(quantity) }), value: `${number(num(e['peak']), 1)} ${unit}`, limit, formula: t('how_peak_formula', { x: number(num(e['peak']) / num(e['limit']), 2) }) },
    { what: t('how_windows_over'), value: number(num(e['windows_over'])), formula: t('how_window_length', { d: span(num(e['window_s'])) }) },
    { what: t('how_allowed_per_day'), value: t('how_n_of_day', { n: list(e['recorded']).length, allowed }), formula: t('how_allowed_formula') },
    { what: t('how_clear'), value: typeof e['clear_below'] === 'number' ? `< ${number(e['clear_below'], 1)} ${unit}` : '' },
    { what: t('ended'), value: alert.ended_at === null ? '' : dateTime(Date.parse(alert.ended_at), world.nowMs.value) },
  ]
}

/** The sum of one window: what was measured, less what is not the site's own. */
function sum(e: Evidence, window: Evidence, quantity: string): string {
  if (quantity === 'noise_db') return t('how_noise_formula')
  const mean = number(num(window['mean']), 1)
  const background = window['background']
  if (e['minus_background'] !== true || typeof background !== 'number') return t('how_mean', { mean })
  const cap = e['background_cap']
  const capped = typeof cap === 'number' && background > cap
  return t(capped ? 'how_minus_cap' : 'how_minus', { mean, background: number(capped ? cap : background, 1), was: number(background, 1) })
}
