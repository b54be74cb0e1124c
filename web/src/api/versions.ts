/** Versions of the registry, and what differs between two. */
import { get } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Ruleset = Schemas['Ruleset']
export type RulesetDifference = Schemas['RulesetDifference']
export type EntryDifference = Schemas['EntryDifference']
export type FieldChange = Schemas['FieldChange']

export function getRulesets(before: number | null): Promise<Schemas['RulesetPage']> {
  return get(`/api/rulesets${before === null ? '' : `?before=${before}`}`)
}

export function getRulesetDifference(version: number): Promise<RulesetDifference> {
  return get(`/api/rulesets/${version}/difference`)
}
