/** Which kind of work is shown, how it is added up, and of what alone: in the address. The days are those of reports. */
import { computed, reactive, ref, watch } from 'vue'

import type { Works } from '../api/work'
import { world } from '../live/world'
import { page } from '../navigation'
import { writeAddress } from '../settings'

export type Kind = keyof Works
export const KINDS = ['trips', 'cleaning', 'collection'] as const
export const BY = {
  trips: ['permit', 'vehicle', 'site', 'field'],
  cleaning: ['plan', 'vehicle'],
  collection: ['run', 'vehicle', 'district'],
} as const satisfies Record<Kind, readonly string[]>
export type By = (typeof BY)[Kind][number]
/** By what the rows of each kind can be narrowed down to. */
const ONLY: Record<Kind, readonly string[]> = { trips: ['permit', 'site'], cleaning: ['plan'], collection: ['run'] }

const REFRESH_MS = 300_000
/** Changes as often as it is worth asking again for a day that runs. */
export const beat = computed(() => Math.floor(world.minuteMs.value / REFRESH_MS))

const address = new URLSearchParams(page.value === 'work' ? location.search : '')
export const kind = ref<Kind>(KINDS.find((one) => one === address.get('work')) ?? 'trips')
const asked = reactive<Record<Kind, By>>({ trips: 'permit', cleaning: 'plan', collection: 'run' })
const given = BY[kind.value].find((one) => one === address.get('by'))
if (given) asked[kind.value] = given
export const by = computed(() => asked[kind.value])
/** The permit, site, plan or run whose vehicles are shown, if any. */
export const only = ref<{ name: By; id: string } | null>(onlyGiven())
/** The vehicle whose days are shown. */
export const opened = ref<string | null>(address.get('of'))

function onlyGiven(): { name: By; id: string } | null {
  const name = BY[kind.value].find((one) => ONLY[kind.value].includes(one) && address.has(`only_${one}`))
  return name === undefined ? null : { name, id: address.get(`only_${name}`)! }
}

export function show(next: Kind): void {
  kind.value = next
  only.value = null
  opened.value = null
}
export function addUp(next: By): void {
  asked[kind.value] = next
  only.value = null
  opened.value = null
}
export const canNarrow = (one: By): boolean => ONLY[kind.value].includes(one)
/** The vehicles of one row. */
export function narrow(name: By, id: string): void {
  asked[kind.value] = 'vehicle'
  only.value = { name, id }
}
export function widen(): void {
  const was = only.value
  only.value = null
  opened.value = null
  if (was) asked[kind.value] = was.name
}

watch([page, kind, by, only, opened], () => {
  const isHere = page.value === 'work'
  writeAddress('work', isHere && kind.value !== 'trips' ? kind.value : null)
  writeAddress('by', isHere && by.value !== BY[kind.value][0] ? by.value : null)
  for (const name of ['permit', 'site', 'plan', 'run']) writeAddress(`only_${name}`, isHere && only.value?.name === name ? only.value.id : null)
  writeAddress('of', isHere ? opened.value : null)
})
