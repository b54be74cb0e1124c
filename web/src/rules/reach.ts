/** Whom a rule is for, in words, and the entries that may be chosen for it. */
import type { Terms } from '../api/backtests'
import type { Document } from '../api/drafts'
import { t, term, type Word } from '../words'
import type { ListedRule } from './book'

export const LISTS = ['vehicle_kinds', 'company_ids', 'vehicle_ids', 'station_ids', 'district_ids'] as const
export type List = (typeof LISTS)[number]
const VEHICLE_KINDS = ['muck_truck', 'refuse_truck', 'sweeper', 'sprinkler', 'fog_cannon', 'other']

/** The lists that mean something for a kind. */
export function listsOf(about: 'vehicles' | 'stations' | 'areas'): List[] {
  if (about === 'stations') return ['station_ids', 'district_ids']
  return about === 'areas' ? ['vehicle_kinds', 'company_ids', 'vehicle_ids'] : ['vehicle_kinds', 'company_ids', 'vehicle_ids', 'district_ids']
}

export interface Choice {
  id: string
  label: string
}

export function choicesOf(list: List, document: Document): Choice[] {
  if (list === 'vehicle_kinds') return VEHICLE_KINDS.map((id) => ({ id, label: term(id) }))
  const section = { company_ids: 'companies', vehicle_ids: 'vehicles', station_ids: 'stations', district_ids: 'districts' }[list]
  const entries = (document[section] as Record<string, unknown>[] | undefined) ?? []
  return entries.map((one) => ({ id: String(one['id']), label: String(one['plate'] ?? one['name'] ?? one['id']) }))
}

const FEW = 3
export function meantText(rule: ListedRule, document: Document): string {
  const terms: Terms = rule.entry.applies_to ?? {}
  const parts = listsOf(rule.kind.about).flatMap((list): string[] => {
    const ids = terms[list] as string[] | null | undefined
    if (ids === null || ids === undefined) return list === 'vehicle_kinds' && rule.kind.vehicle_kinds !== null ? [rule.kind.vehicle_kinds.map((one) => term(one)).join(t('list_separator'))] : []
    if (ids.length === 0) return [`${t(`list_${list}` as Word)} ${t('reach_nobody')}`]
    const labels = new Map(choicesOf(list, document).map((one) => [one.id, one.label]))
    const named = ids.slice(0, FEW).map((id) => labels.get(id) ?? id).join(t('list_separator'))
    return [ids.length > FEW ? t('reach_and_more', { names: named, n: ids.length }) : named]
  })
  return parts.length > 0 ? parts.join(' · ') : t(rule.kind.about === 'stations' ? 'reach_all_stations' : 'reach_all_vehicles')
}
