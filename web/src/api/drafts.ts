/** Drafts of the registry, and its versions: edited by entry, put in force, gone back to. */
import { send } from './client'
import type { Ruleset, RulesetDifference } from './versions'
import type { components } from './schema'

type Schemas = components['schemas']
export type Draft = Schemas['Draft']
export type DraftEdit = Schemas['DraftEdit']
export type DraftProblem = Schemas['DraftProblem']
export type DraftConflict = Schemas['DraftConflict']
export type DraftHead = Schemas['DraftHead']
export type DraftList = Schemas['DraftList']
export type Kind = DraftEdit['kind']
export type Entry = Record<string, unknown>
export type Document = Record<string, unknown>
export interface Edit {
  kind: Kind
  id: string
  entry: Entry | null
}
export type Side = 'mine' | 'theirs'

const at = (id: number, rest = '') => `/api/drafts/${id}${rest}`
const ofEntry = (kind: Kind, id: string) => `/edits/${kind}/${encodeURIComponent(id)}`

export function getDrafts(): Promise<DraftList> {
  return send<DraftList>('GET', '/api/drafts')
}

export function getDraft(id: number): Promise<Draft> {
  return send<Draft>('GET', at(id))
}

export function beginDraft(): Promise<Draft> {
  return send<Draft>('POST', '/api/drafts', {})
}

export function putEntry(id: number, { kind, id: entryId, entry }: Edit): Promise<Draft> {
  return send<Draft>('PUT', at(id, ofEntry(kind, entryId)), { entry })
}

export function putEntries(id: number, edits: readonly Edit[]): Promise<Draft> {
  return send<Draft>('PUT', at(id, '/edits'), { edits })
}

export function revertEntry(id: number, kind: Kind, entryId: string): Promise<Draft> {
  return send<Draft>('DELETE', at(id, ofEntry(kind, entryId)))
}

export function rebaseDraft(id: number, keep: Record<string, Side>): Promise<Draft> {
  return send<Draft>('POST', at(id, '/rebase'), { keep })
}

export function putDraftInForce(draft: Draft, note: string, effectiveFrom: string | null): Promise<Ruleset> {
  const seen = { base_version: draft.base_version, revision: draft.revision }
  return send<Ruleset>('POST', at(draft.id, '/in-force'), { ...seen, note, effective_from: effectiveFrom })
}

export function discardDraft(id: number): Promise<void> {
  return send<void>('DELETE', at(id))
}

/** Make a colleague's draft one's own. */
export function takeOverDraft(id: number): Promise<Draft> {
  return send<Draft>('POST', at(id, '/take-over'))
}

/** The document of a version as it was given; 0 is the empty one before the first. */
export async function getVersionDocument(version: number): Promise<Document> {
  if (version === 0) return { version: 1 }
  return (await send<Schemas['RulesetDocument']>('GET', `/api/rulesets/${version}`)).document
}

export function getDifferenceSince(version: number, against: number): Promise<RulesetDifference> {
  return send<RulesetDifference>('GET', `/api/rulesets/${version}/difference?against=${against}`)
}

export function goBackTo(version: number, newest: number, note: string): Promise<Ruleset> {
  return send<Ruleset>('POST', `/api/rulesets/${version}/go-back`, { newest_version: newest, note })
}

export function cancelVersion(version: number): Promise<Ruleset> {
  return send<Ruleset>('POST', `/api/rulesets/${version}/cancel`)
}

/** Limits after a standard that stations may name without the registry listing them. */
export function getReadyMadeLimits(): Promise<Schemas['ReadyMadeLimit'][]> {
  return send('GET', '/api/registry/limits')
}
