/** The bulletin of a week or month. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Bulletin = Schemas['BulletinView']
export type Counted = Schemas['CountedView']
export type HotSpot = Schemas['HotSpotView']
export type DayRow = Schemas['DayRowView']

const of = (period: string, file: string, district: string | null, more: Record<string, string> = {}): string => {
  const params = new URLSearchParams(district === null ? more : { ...more, district })
  return `/api/statements/${encodeURIComponent(period)}/${file}${params.size > 0 ? `?${params}` : ''}`
}

export function getBulletin(period: string, district: string | null): Promise<Bulletin> {
  return send<Bulletin>('GET', of(period, 'bulletin', district))
}

/** Where the same is had as a Word document: the browser saves it. */
export function bulletinFile(period: string, district: string | null, lang: string): string {
  return of(period, 'bulletin.docx', district, { lang })
}
