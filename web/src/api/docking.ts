/** Docking with other platforms: the targets of webhooks and their dead letters. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Target = Schemas['TargetView']
export type Targets = Schemas['TargetsView']
export type MadeTarget = Schemas['MadeTarget']
export type GivenTarget = Pick<Schemas['GivenTarget'], 'name' | 'url'> & Partial<Schemas['GivenTarget']>
export type DeadLetter = Schemas['LetterView']
export type PingAnswer = Schemas['PingView']

const LETTERS_ON_A_PAGE = 25

export function getTargets(): Promise<Targets> {
  return send('GET', '/api/webhooks')
}
export function addTarget(given: GivenTarget): Promise<MadeTarget> {
  return send('POST', '/api/webhooks', given)
}
export function changeTarget(id: number, given: GivenTarget): Promise<Target> {
  return send('PUT', `/api/webhooks/${id}`, given)
}
export function removeTarget(id: number): Promise<void> {
  return send('DELETE', `/api/webhooks/${id}`)
}
export function rotateSecret(id: number): Promise<MadeTarget> {
  return send('POST', `/api/webhooks/${id}/secret`)
}
export function pingTarget(id: number): Promise<PingAnswer> {
  return send('POST', `/api/webhooks/${id}/ping`)
}
export function setAside(id: number): Promise<void> {
  return send('POST', `/api/webhooks/${id}/set-aside`)
}
export function getLetters(id: number, after: number | null): Promise<Schemas['LetterPage']> {
  return send('GET', `/api/webhooks/${id}/letters?limit=${LETTERS_ON_A_PAGE}&after=${after ?? 0}`)
}
export function resendLetters(id: number, letterIds: number[] | null): Promise<Schemas['LettersDone']> {
  return send('POST', `/api/webhooks/${id}/letters/resend`, { letter_ids: letterIds })
}
export function dropLetters(id: number, letterIds: number[] | null, reason: string): Promise<Schemas['LettersDone']> {
  return send('POST', `/api/webhooks/${id}/letters/drop`, { letter_ids: letterIds, reason })
}
