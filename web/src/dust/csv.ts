/** The windows as a CSV file: what the table shows, with whole instants and names that say their units. */
import type { StationWindows } from '../api/stations'
import { hasValue, type Limit, lookOf, termsOf } from './windows'

const COLUMNS = [
  'station_id', 'limit_id', 'quantity', 'window_start', 'window_end', 'mean', 'background', 'value', 'lower_bound', 'limit',
  'coverage', 'verdict', 'closed', 'in_force',
]

export function csvOf(told: StationWindows, limits: Limit[]): string {
  const rows = limits.flatMap((limit) => {
    const terms = termsOf(limit)
    return limit.windows.map((window) => {
      const judged = hasValue(lookOf(window, terms))
      return [
        told.station.id, terms.id, terms.quantity, window.start, window.end, judged ? window.mean : null, window.background,
        judged ? window.value : null, window.lower_bound, terms.limit, window.coverage, window.verdict, window.closed,
        window.in_force,
      ]
    })
  })
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}

function cell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
