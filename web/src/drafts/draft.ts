/**
 * The draft that the pages share: one's own open one, or the one that the address names. It lives on the
 * service, so leaving a page loses nothing; it begins with the first edit.
 */
import { computed, type ComputedRef, ref, type Ref, shallowRef, type ShallowRef, watch } from 'vue'

import { ApiFailure } from '../api/client'
import type { Ruleset } from '../api/versions'
import {
  beginDraft, discardDraft, type Draft, type DraftHead, type Edit, type Entry, getDraft, getDrafts, goBackTo, type Kind,
  putDraftInForce, putEntries, putEntry, rebaseDraft, revertEntry, type Side, takeOverDraft,
} from '../api/drafts'
import { world } from '../live/world'
import { mayDraft, person } from '../people/session'
import { writeAddress } from '../settings'
import { t, term } from '../words'

export { mayDraft }

const AGAIN_MS = 15_000
const SHOWN_IN_FORCE_MS = 60_000

const draft = shallowRef<Draft | null>(null)
/** The open drafts with changes that are not the one shown. */
const others = shallowRef<DraftHead[]>([])
/** A colleague's draft is looked at, and changed once it is taken over. */
const isMine = computed(() => draft.value === null || draft.value.author === person.value?.user_id)
/** The newest version of the registry; null until it is known. */
const newest = ref<number | null>(null)
const busy = ref(false)
/** Why the last act was refused, in words; what was typed stays where it is. */
const problem = ref('')
/** The version that was just put in force. */
const saved = shallowRef<Ruleset | null>(null)

export interface DraftWork {
  draft: ShallowRef<Draft | null>
  others: ShallowRef<DraftHead[]>
  isMine: ComputedRef<boolean>
  newest: Ref<number | null>
  busy: Ref<boolean>
  problem: Ref<string>
  saved: ShallowRef<Ruleset | null>
  /** Each gives whether it was done; if not, `problem` says why. */
  put(kind: Kind, id: string, entry: Entry | null): Promise<boolean>
  putAll(edits: readonly Edit[]): Promise<boolean>
  revert(kind: Kind, id: string): Promise<boolean>
  merge(keep: Record<string, Side>): Promise<boolean>
  putInForce(note: string, effectiveFrom: string | null): Promise<boolean>
  goBack(version: number, note: string): Promise<boolean>
  discard(): Promise<boolean>
  takeOver(): Promise<boolean>
  /** Look at another draft; null for one's own, or none. */
  show(id: number | null): Promise<boolean>
  look(): Promise<void>
}

// One after another: two first edits at once must not begin two drafts.
let queue: Promise<unknown> = Promise.resolve()
function act(work: () => Promise<void>): Promise<boolean> {
  const done = queue.then(async () => {
    busy.value = true
    problem.value = ''
    try {
      await work()
      return true
    } catch (error) {
      problem.value = refusal(error)
      if (error instanceof ApiFailure && [404, 409].includes(error.status)) await lookAgain()
      return false
    } finally {
      busy.value = false
    }
  })
  queue = done
  return done
}

function refusal(error: unknown): string {
  if (!(error instanceof ApiFailure)) return t('not_saved')
  const word = term(error.code, 'draft_refused_')
  return word === error.code ? error.message : word
}

async function current(): Promise<Draft> {
  draft.value ??= await beginDraft()
  const { id, edits, base_version, newest_version } = draft.value
  // Without edits there is nothing to merge.
  if (isMine.value && edits.length === 0 && base_version !== newest_version) draft.value = await rebaseDraft(id, {})
  writeAddress('draft', String(draft.value.id))
  return draft.value
}

/** Keeps what the service says, and nothing of a draft that has ended. */
function take(found: Draft): void {
  newest.value = found.newest_version
  draft.value = found.state === 'open' ? found : null
  writeAddress('draft', found.state === 'open' && found.edits.length > 0 ? String(found.id) : null)
}

async function lookAgain(): Promise<void> {
  const listed = await getDrafts()
  newest.value = listed.newest_version
  const named = draft.value?.id ?? Number(new URLSearchParams(location.search).get('draft') ?? 0)
  const open = listed.items.find((one) => one.id === named) ?? listed.items.find((one) => one.author === person.value?.user_id)
  const known = draft.value
  others.value = listed.items.filter((one) => one.id !== open?.id && one.edit_count > 0)
  if (open === undefined) draft.value = null
  else if (open.id !== known?.id || open.revision !== known.revision || listed.newest_version !== known.newest_version) take(await getDraft(open.id))
}

async function look(): Promise<void> {
  if (!mayDraft.value || busy.value) return
  try {
    await lookAgain()
  } catch {
    // What is known stays; the next look tries again.
  }
}

let showing = 0
function showSaved(version: Ruleset): void {
  saved.value = version
  newest.value = version.version
  clearTimeout(showing)
  showing = window.setTimeout(() => (saved.value = null), SHOWN_IN_FORCE_MS)
  const waitMs = Date.parse(version.effective_from) - world.nowMs.value
  // The other pages show it once it is in force; of a later one they learn by themselves.
  if (waitMs < SHOWN_IN_FORCE_MS) setTimeout(() => void world.refresh(), Math.max(0, waitMs) + 300)
}

const work: DraftWork = {
  draft, others, isMine, newest, busy, problem, saved, look,
  put: (kind, id, entry) => act(async () => take(await putEntry((await current()).id, { kind, id, entry }))),
  putAll: (edits) => act(async () => take(await putEntries((await current()).id, edits))),
  revert: (kind, id) => act(async () => take(await revertEntry((await current()).id, kind, id))),
  merge: (keep) => act(async () => take(await rebaseDraft((await current()).id, keep))),
  putInForce: (note, effectiveFrom) =>
    act(async () => {
      showSaved(await putDraftInForce(await current(), note, effectiveFrom))
      forget()
    }),
  goBack: (version, note) => act(async () => showSaved(await goBackTo(version, newest.value ?? 0, note))),
  discard: () =>
    act(async () => {
      if (draft.value) await discardDraft(draft.value.id)
      forget()
    }),
  takeOver: () =>
    act(async () => {
      if (draft.value) take(await takeOverDraft(draft.value.id))
    }),
  show: (id) =>
    act(async () => {
      if (id === null) forget()
      else take(await getDraft(id))
      await lookAgain()
    }),
}

function forget(): void {
  draft.value = null
  writeAddress('draft', null)
}

let watching = false
export function useDraft(): DraftWork {
  if (!watching) {
    watching = true
    watch(mayDraft, (may) => {
      draft.value = saved.value = newest.value = null
      others.value = []
      if (may) void look()
    }, { immediate: true })
    setInterval(() => document.hidden || void look(), AGAIN_MS)
  }
  return work
}
