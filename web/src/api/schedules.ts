/** What is issued and mailed by itself. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Schedule = Schemas['ScheduleView']
export type ScheduleRun = Schemas['ScheduleRun']
export type Schedules = Schemas['SchedulesView']
export type GivenSchedule = Schemas['GivenSchedule']

export function getSchedules(): Promise<Schedules> {
  return send<Schedules>('GET', '/api/schedules')
}

export function addSchedule(given: GivenSchedule): Promise<Schedule> {
  return send<Schedule>('POST', '/api/schedules', given)
}

export function changeSchedule(id: number, given: GivenSchedule): Promise<Schedule> {
  return send<Schedule>('PUT', `/api/schedules/${id}`, given)
}

export function removeSchedule(id: number): Promise<void> {
  return send<void>('DELETE', `/api/schedules/${id}`)
}

/** Let a period go out now, also where it went out before. */
export function runSchedule(id: number, period: string): Promise<Schedule> {
  return send<Schedule>('POST', `/api/schedules/${id}/runs/${encodeURIComponent(period)}`)
}
