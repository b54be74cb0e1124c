/** Every text of the page, in both languages, a file a part of it. Rule kinds, states and units come from here only. */
import { acts } from './acts'
import { alerts } from './alerts'
import { audit } from './audit'
import { backtests } from './backtests'
import { bulletin } from './bulletin'
import { buttons } from './buttons'
import { cases } from './cases'
import { devices } from './devices'
import { docking } from './docking'
import { drafts } from './drafts'
import { dust } from './dust'
import { duty } from './duty'
import { evidence } from './evidence'
import { explanation } from './explanation'
import { facts } from './facts'
import { field } from './field'
import { how } from './how'
import { kinds } from './kinds'
import { map } from './map'
import { page } from './page'
import { people } from './people'
import { registry } from './registry'
import { reports } from './reports'
import { rules } from './rules'
import { schedules } from './schedules'
import { schemes } from './schemes'
import { scores } from './scores'
import { statements } from './statements'
import { terminals } from './terminals'
import { tracks } from './tracks'
import { versions } from './versions'
import { wall } from './wall'
import { work } from './work'
import { zones } from './zones'

export type Language = 'zh' | 'en'
export type Texts = Readonly<Record<string, Readonly<Record<Language, string>>>>

export const words = {
  ...acts,
  ...alerts,
  ...audit,
  ...backtests,
  ...bulletin,
  ...buttons,
  ...cases,
  ...devices,
  ...docking,
  ...drafts,
  ...dust,
  ...duty,
  ...evidence,
  ...explanation,
  ...facts,
  ...field,
  ...how,
  ...kinds,
  ...map,
  ...page,
  ...people,
  ...registry,
  ...reports,
  ...rules,
  ...schedules,
  ...schemes,
  ...scores,
  ...statements,
  ...terminals,
  ...tracks,
  ...versions,
  ...wall,
  ...work,
  ...zones,
}

export type Word = keyof typeof words
