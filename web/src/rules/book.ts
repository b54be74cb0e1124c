/** The rules of the open draft, or of the newest version: what each says, what was changed, whom it is for. */
import { computed, shallowReactive, shallowRef, watch } from 'vue'

import { getReach, getRuleKinds, type RuleKindView, type RuleNumber, type RuleReach, type Terms } from '../api/backtests'
import type { Severity } from '../api/client'
import type { DraftProblem, Entry } from '../api/drafts'
import { useDraft } from '../drafts/draft'
import { useDocument } from '../drafts/section'

export interface RuleEntry extends Entry {
  id: string
  kind: string
  enabled?: boolean
  severity?: Severity | null
  params?: Record<string, number>
  applies_to?: Terms
}

export interface ListedRule {
  id: string
  kind: RuleKindView
  /** What it is to be; of one that is to be gone, what it was. */
  entry: RuleEntry
  /** As it is without the draft; null of a new one. */
  was: RuleEntry | null
  isGone: boolean
  isChanged: boolean
  isUnsaved: boolean
  problems: DraftProblem[]
}

const REACH_AFTER_MS = 150
const RETRY_MS = 3000

const kinds = shallowRef<RuleKindView[] | null>(null)
/** What was typed and is on its way, or could not be saved; undefined where a rule is to be gone. */
const pending = shallowReactive(new Map<string, { entry: RuleEntry | null; failed: boolean }>())
const reaches = shallowRef<ReadonlyMap<string, RuleReach>>(new Map())

async function loadKinds(): Promise<void> {
  try {
    kinds.value ??= await getRuleKinds()
  } catch {
    setTimeout(() => void loadKinds(), RETRY_MS)
  }
}

export function useRules() {
  const { draft, put, revert } = useDraft()
  const { document, failed, retry } = useDocument()
  void loadKinds()

  const before = computed<RuleEntry[] | null>(() => {
    if (document.value === null || kinds.value === null) return null
    // Without a list every kind judges with its default numbers.
    return (document.value.content['rules'] as RuleEntry[] | undefined) ?? kinds.value.map(({ kind }) => ({ id: kind, kind }))
  })
  const listed = computed<ListedRule[] | null>(() => {
    const [was, known] = [before.value, kinds.value]
    if (was === null || known === null) return null
    const to = new Map<string, RuleEntry | null>()
    for (const one of draft.value?.edits ?? []) if (one.kind === 'rules') to.set(one.id, one.entry as RuleEntry | null)
    for (const [id, { entry }] of pending) to.set(id, entry)
    const ids = new Set([...was.map((one) => one.id), ...to.keys()])
    const old = new Map(was.map((one) => [one.id, one]))
    const all = [...ids].flatMap((id): ListedRule[] => {
      const [then, now] = [old.get(id) ?? null, to.get(id)]
      const entry = now ?? then
      const kind = known.find((one) => one.kind === entry?.kind)
      if (entry === null || kind === undefined) return []
      return [{
        id, kind, entry, was: then, isGone: now === null, isChanged: to.has(id), isUnsaved: pending.get(id)?.failed ?? false,
        problems: draft.value?.problems.filter((one) => one.kind === 'rules' && one.id === id) ?? [],
      }]
    })
    return all.sort((one, other) => known.indexOf(one.kind) - known.indexOf(other.kind))
  })

  async function save(id: string, entry: RuleEntry | null): Promise<void> {
    const mine = { entry, failed: false }
    pending.set(id, mine)
    const done = await put('rules', id, entry)
    // What was typed meanwhile is on its way by itself.
    if (pending.get(id) !== mine) return
    if (done) pending.delete(id)
    else pending.set(id, { entry, failed: true })
  }
  async function takeBack(id: string): Promise<void> {
    pending.delete(id)
    await revert('rules', id)
  }

  const asked = computed(() => (listed.value ?? []).map((one) => ({ id: one.id, kind: one.kind.kind, applies_to: one.entry.applies_to ?? {} })))
  let counting = 0
  watch(() => JSON.stringify(asked.value), () => {
    clearTimeout(counting)
    if (asked.value.length > 0) counting = window.setTimeout(() => void count(asked.value), REACH_AFTER_MS)
  }, { immediate: true })

  return { kinds, listed, failed, retry, document, reaches, save, takeBack, draft }
}

async function count(rules: readonly { id: string; kind: string; applies_to: Terms }[]): Promise<void> {
  try {
    const found = await getReach(rules.map(({ kind, applies_to }) => ({ kind, applies_to })))
    reaches.value = new Map(rules.map((one, at) => [one.id, found[at]!]))
  } catch {
    // The counts before stay; what cannot be counted is told by the check.
  }
}

export function numberOf(entry: RuleEntry, number: RuleNumber): number {
  return entry.params?.[number.name] ?? number.default
}

/** The entry with another number; a default is not spelled out unless it was before. */
export function withNumber(rule: ListedRule, number: RuleNumber, value: number | null): RuleEntry {
  const params = { ...rule.entry.params }
  const spelled = rule.was?.params?.[number.name]
  if (value === null || (value === number.default && spelled !== value)) delete params[number.name]
  else params[number.name] = value
  const { params: _before, ...rest } = rule.entry
  return Object.keys(params).length > 0 || rule.was?.params !== undefined ? { ...rest, params } : rest
}

/** The entry with a field that is left out where it says what holds without it. */
export function withField(rule: ListedRule, name: 'enabled' | 'severity' | 'applies_to', value: unknown): RuleEntry {
  const { [name]: _before, ...rest } = rule.entry
  const isPlain = value === null || value === undefined || (name === 'enabled' && value === true && rule.was?.enabled === undefined)
  return (isPlain ? rest : { ...rest, [name]: value }) as RuleEntry
}

/** A new rule of a kind, named after it. */
export function fresh(kind: string, taken: readonly string[]): RuleEntry {
  let [id, n] = [kind, 1]
  while (taken.includes(id)) id = `${kind}-${++n}`
  return { id, kind }
}
