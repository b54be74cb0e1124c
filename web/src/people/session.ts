/** Who is at the page. The world is followed only while somebody is signed in. */
import { computed, ref, shallowRef } from 'vue'

import { ApiFailure, onSignedOut } from '../api/client'
import { type Door, getDoor, getSession, type SignedIn, signIn, signOut } from '../api/session'
import { world } from '../live/world'
import { PAGES } from '../navigation'

export const person = shallowRef<SignedIn | null>(null)
/** What the sign-in page needs to know; null until the service has said who is signed in. */
export const door = shallowRef<Door | null>(null)
export const wasSignedOut = ref(false)
export const mayHandle = computed(() => person.value?.permissions.includes('handle') ?? false)
/** Critical alerts are shelved by whoever may tune rules alone; the service decides. */
export const mayShelve = computed(() => (['handle', 'tune'] as const).some((one) => person.value?.permissions.includes(one)))
/** A version of the registry speaks of every district, and so does its draft. */
export const mayDraft = computed(() => (person.value?.permissions.includes('tune') ?? false) && person.value?.district_ids === null)
export const mayAdminister = computed(() => person.value?.permissions.includes('administer') ?? false)
/** The pages of the rail for this person: what a role can never do is absent, an alert is reached from its row. */
export const pages = computed(() => PAGES.filter((one) => one !== 'alert' && (one !== 'settings' || mayAdminister.value) && (!['rules', 'registry'].includes(one) || mayDraft.value)))

const RETRY_MS = 2000

/** Ask who is signed in, until the service answers. */
export async function beginSession(): Promise<void> {
  onSignedOut(() => void sessionEnded())
  try {
    enter(await getSession())
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 401) await showDoor()
    else setTimeout(() => void beginSession(), RETRY_MS)
  }
}

export async function enterAs(user: string, password: string): Promise<void> {
  enter(await signIn(user, password))
}

export async function leave(): Promise<void> {
  await signOut()
  wasSignedOut.value = false
  await showDoor()
}

function enter(who: SignedIn): void {
  person.value = who
  wasSignedOut.value = false
  world.start()
}

async function sessionEnded(): Promise<void> {
  if (person.value === null) return
  wasSignedOut.value = true
  await showDoor()
}

async function showDoor(): Promise<void> {
  person.value = null
  world.stop()
  try {
    door.value = await getDoor()
  } catch {
    setTimeout(() => void showDoor(), RETRY_MS)
  }
}
