/** What a change of an alert made different: field by field, as it was before and as it is from then on. */
import { evidenceSentence, placeName } from '../alerts/sentence'
import type { Explanation } from '../api/alerts'
import type { Alert } from '../api/client'
import { world } from '../live/world'
import { t, term, type Word } from '../words'
import { coordinates, dateTime, number } from '../words/format'

export interface Difference {
  field: string
  before: string
  after: string
}

export interface Change {
  number: number
  ms: number
  revision: number
  word: Word
  because: string
  differences: Difference[]
}

export function changesOf(story: Explanation): Change[] {
  return story.changes.map((one, index) => {
    const before = story.changes[index - 1]?.alert
    return {
      number: one.number, ms: Date.parse(one.at), revision: one.alert.revision, word: wordOf(before, one.alert),
      because: one.alert.withdrawn_because ?? '', differences: before === undefined ? [] : differences(before, one.alert),
    }
  })
}

function wordOf(before: Alert | undefined, after: Alert): Word {
  if (after.withdrawn) return 'change_withdrawn'
  if (before === undefined) return after.found_late ? 'change_found_late' : 'change_raised'
  if (before.withdrawn) return 'change_restored'
  if (after.revision > before.revision) return 'change_revised'
  return before.ended_at === null && after.ended_at !== null ? 'change_ended' : 'change_grown'
}

function differences(before: Alert, after: Alert): Difference[] {
  const time = (text: string | null): string => (text === null ? '—' : dateTime(Date.parse(text), world.nowMs.value))
  const place = (one: Alert): string => coordinates(one.lon ?? null, one.lat ?? null)
  const rows: [string, (one: Alert) => string][] = [
    [t('severity'), (one) => term(one.severity)],
    [t('since'), (one) => time(one.started_at)],
    [t('detected'), (one) => time(one.detected_at)],
    [t('until'), (one) => time(one.ended_at)],
    [t('place'), (one) => placeName(world.registry.value, one)],
    [t('coordinates'), place],
    [t('ruleset'), (one) => String(one.ruleset_version)],
    [t('evidence'), (one) => evidenceSentence(world.registry.value, one)],
  ]
  const told = rows
    .map(([field, of]) => ({ field, before: of(before), after: of(after) }))
    .filter((one) => one.before !== one.after)
  const isUntold = told.every((one) => one.field !== t('evidence')) && JSON.stringify(before.evidence) !== JSON.stringify(after.evidence)
  return isUntold ? [...told, ...leaves(before, after)] : told
}

/** What the sentence does not say: the fields of the evidence. */
function leaves(before: Alert, after: Alert): Difference[] {
  const [old, now] = [before.evidence, after.evidence]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .map((name) => ({ field: term(name, 'evidence_'), before: short(name, old[name]), after: short(name, now[name]) }))
    .filter((one) => one.before !== one.after)
}

function short(name: string, value: unknown): string {
  if (value === undefined || value === null) return '—'
  if (name.endsWith('_ms') && typeof value === 'number') return dateTime(value, world.nowMs.value)
  if (typeof value === 'number') return number(value, 1)
  return Array.isArray(value) ? t('n_entries', { n: value.length }) : typeof value === 'object' ? JSON.stringify(value) : String(value)
}
