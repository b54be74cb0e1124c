/** What the cards and the bars of each kind of work say. */
import type { WorkCleaning, WorkCollection, WorkSpan, WorkTrips } from '../api/work'
import { world } from '../live/world'
import type { Card } from '../parts/FigureCards.vue'
import { t } from '../words'
import { dateTime, number } from '../words/format'
import type { Bar } from './DayBars.vue'

const percent = (share: number | null): string => (share === null ? '—' : `${number(share * 100, 1)}%`)

/** How the tonnes came about. */
export function weighed(row: { trips: number; measured_trips: number; weightless_trips: number }): string {
  const known = row.trips - row.weightless_trips
  const how = known === 0 ? '' : row.measured_trips === known ? t('work_measured_all') : row.measured_trips === 0 ? t('work_estimated_all') : t('work_measured', { n: number(row.measured_trips) })
  const not = row.weightless_trips > 0 ? t('work_weightless', { n: number(row.weightless_trips) }) : ''
  return [how, not].filter(Boolean).join(t('list_separator'))
}

export function tripCards(found: WorkTrips): Card[] {
  const { total } = found
  const volumes = found.items.flatMap((row) => (row.volume?.declared_t == null ? [] : [row.volume]))
  const under = volumes.filter((one) => one.under_declared).length
  return [
    { key: 'trips', name: t('work_trips_n'), value: number(total.trips), said: t('work_vehicles_out', { n: number(total.vehicles) }) },
    { key: 'tonnes', name: t('work_tonnes'), value: number(total.tonnes), said: weighed(total) },
    ...(found.by === 'permit' ? [{ key: 'under', name: t('work_under_n'), value: number(under), said: t('work_of_permits', { n: number(volumes.length) }), bad: under > 0 }] : []),
    { key: 'elsewhere', name: t('work_elsewhere'), value: number(total.elsewhere_trips), said: t('work_elsewhere_said'), bad: total.elsewhere_trips > 0 },
    { key: 'nowhere', name: t('work_nowhere'), value: number(total.nowhere_trips), said: t('work_nowhere_said') },
  ]
}

export function cleaningCards(found: WorkCleaning): Card[] {
  const { total, planned_km: planned } = found
  const rounds = found.items.reduce((sum, row) => sum + (row.plan?.planned_rounds ?? 0), 0)
  return [
    { key: 'km', name: t('work_km'), value: number(total.working_km, 1), said: planned === null ? t('work_no_plan') : t('work_plan_said', { n: number(planned, 1) }) },
    { key: 'of_plan', name: t('work_of_plan'), value: percent(planned ? total.working_km / planned : null), said: planned === null ? t('work_no_plan') : t('n_of_n', { n: number(total.working_km, 1), all: number(planned, 1) }) },
    { key: 'rounds', name: t('work_rounds'), value: number(total.rounds), said: rounds > 0 ? `${t('work_planned_rounds')} ${number(rounds)}` : t('work_rounds_said') },
    { key: 'driven', name: t('work_driven'), value: number(total.driven_km, 1), said: total.odometer_km === null ? t('work_vehicles_out', { n: number(total.vehicles) }) : `${t('work_odometer')} ${number(total.odometer_km, 1)}` },
  ]
}

export function collectionCards(found: WorkCollection): Card[] {
  const { total } = found
  return [
    { key: 'cleared', name: t('work_cleared'), value: percent(total.cleared), said: t('n_of_n', { n: number(total.served + total.late), all: number(total.due) }) },
    { key: 'served', name: t('work_served'), value: number(total.served), said: t('n_of_n', { n: number(total.served), all: number(total.due) }) },
    { key: 'late', name: t('work_late'), value: number(total.late), said: t('n_of_n', { n: number(total.late), all: number(total.due) }) },
    { key: 'missed', name: t('work_missed'), value: number(total.missed), said: t('n_of_n', { n: number(total.missed), all: number(total.due) }), bad: total.missed > 0 },
    { key: 'unknown', name: t('work_unknown'), value: number(total.unknown), said: t('work_unknown_said') },
  ]
}

/** The minute up to which a day that runs is counted. */
export const minute = (at: string): string => dateTime(Date.parse(at), world.minuteMs.value).slice(0, -3)

/** A bar that says of itself whether its day still runs. */
function bar({ so_far: running }: WorkSpan, given: Omit<Bar, 'isSoFar'>): Bar {
  if (running === null || given.day < running.first || given.parts.every((one) => one.value === 0)) return { ...given, isSoFar: false }
  return { ...given, isSoFar: true, said: t('work_bar_so_far', { said: given.said, time: minute(running.at) }) }
}

export const tripBars = (found: WorkTrips): Bar[] =>
  found.days.map((one) => bar(found, { day: one.day, parts: [{ value: one.trips, look: 'done' }], said: t('work_bar', { day: one.day, n: number(one.trips) }) }))

export const cleaningBars = (found: WorkCleaning): Bar[] =>
  found.days.map((one) => bar(found, {
    day: one.day, parts: [{ value: one.working_km, look: 'done' }], planned: one.planned_km,
    said: one.planned_km === null ? t('work_bar', { day: one.day, n: `${number(one.working_km, 1)} km` }) : t('work_bar_plan', { day: one.day, n: `${number(one.working_km, 1)} km`, plan: `${number(one.planned_km, 1)} km` }),
  }))

export const collectionBars = (found: WorkCollection): Bar[] =>
  found.days.map((one) => bar(found, {
    day: one.day,
    parts: [{ value: one.served, look: 'done' }, { value: one.late, look: 'late' }, { value: one.missed, look: 'missed' }, { value: one.unknown, look: 'unknown' }],
    said: t('work_bar_stops', { day: one.day, due: number(one.due), served: number(one.served), late: number(one.late), missed: number(one.missed), unknown: number(one.unknown) }),
  }))
