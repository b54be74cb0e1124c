/** The entries of one section of the registry document as the draft has them, over the version it was made on. */
import { computed, type ComputedRef, ref, shallowRef, watch } from 'vue'

import { type Document, type DraftEdit, type Entry, getVersionDocument, type Kind } from '../api/drafts'
import { useDraft } from './draft'

export interface Listed {
  id: string
  /** What it is to be; of one that is to be gone, what it was. */
  entry: Entry
  act: DraftEdit['act'] | null
}

const document = shallowRef<{ version: number; content: Document } | null>(null)
const failed = ref(false)
const RETRY_MS = 5000

/** Loads the document that the draft, or else a new one, stands on, and whatever comes after it. */
export function useDocument() {
  const { draft, newest } = useDraft()
  const wanted = computed(() => draft.value?.base_version ?? newest.value)
  async function load(version: number | null): Promise<void> {
    if (version === null || document.value?.version === version) return
    try {
      const content = await getVersionDocument(version)
      if (wanted.value === version) document.value = { version, content }
      failed.value = false
    } catch {
      failed.value = true
      setTimeout(() => void load(wanted.value), RETRY_MS)
    }
  }
  watch(wanted, load, { immediate: true })
  return { document, failed, retry: () => load(wanted.value) }
}

export function useSection(kind: Kind): ComputedRef<Listed[] | null> {
  const { draft } = useDraft()
  const { document } = useDocument()
  const given = computed(() => (document.value ? ((document.value.content[kind] as Entry[] | undefined) ?? []) : null))
  return computed(() => {
    if (given.value === null) return null
    const edits = new Map(draft.value?.edits.filter((one) => one.kind === kind).map((one) => [one.id, one]))
    const known = given.value.map((entry) => listed(String(entry['id']), entry, edits))
    const added = [...edits.values()].filter((one) => one.act === 'added' && one.entry !== null)
    return [...added.map((one): Listed => ({ id: one.id, entry: one.entry!, act: 'added' })), ...known]
  })
}

function listed(id: string, entry: Entry, edits: ReadonlyMap<string, DraftEdit>): Listed {
  const edit = edits.get(id)
  return { id, entry: edit?.entry ?? entry, act: edit?.act ?? null }
}
