/** The message to the field, exactly as it will be read there: what, who, where, since when, until when. */
import { evidenceSentence, placeName, ruleWord } from '../alerts/sentence'
import { subjectOf } from '../alerts/subject'
import type { CaseView } from '../api/cases'
import type { Alert } from '../api/client'
import { world } from '../live/world'
import { alertPlace } from '../map/features'
import { t } from '../words'
import { coordinates, dateTime } from '../words/format'

export function messageFor(found: CaseView | null, alerts: readonly Alert[]): string {
  return [factsFor(found, alerts), t('message_ask')].filter(Boolean).join('\n')
}

/** The same without what is asked for. */
export function factsFor(found: CaseView | null, alerts: readonly Alert[]): string {
  const lines = alerts.length > 0 ? alerts.flatMap(ofAlert) : found ? ofWarning(found) : []
  return lines.filter(Boolean).join('\n')
}

function ofAlert(alert: Alert): string[] {
  const registry = world.registry.value
  const who = subjectOf(registry, alert)
  const place = alertPlace(registry, alert)
  return [
    [`【${ruleWord(alert)}】`, who.plate || who.name, who.company].filter(Boolean).join(' '),
    evidenceSentence(registry, alert),
    t('message_when', { time: dateTime(Date.parse(alert.started_at), 0) }),
    [t('message_where', { place: placeName(registry, alert) }), place ? coordinates(place[0], place[1]) : ''].filter(Boolean).join(' '),
  ]
}

function ofWarning(found: CaseView): string[] {
  return [
    [`【${[found.sender, found.reference].filter(Boolean).join(' ') || t('external')}】`, found.title].join(' '),
    found.plate ?? '',
    found.lon === null || found.lat === null ? '' : coordinates(found.lon, found.lat),
  ]
}
