/** Signing in and out. */
import { get, send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type SignedIn = Schemas['SignedIn']
export type Door = Schemas['Door']

export function getSession(): Promise<SignedIn> {
  return get<SignedIn>('/api/session')
}

export function getDoor(): Promise<Door> {
  return get<Door>('/api/session/door')
}

export function signIn(user: string, password: string): Promise<SignedIn> {
  return send<SignedIn>('POST', '/api/session', { user, password })
}

export function signOut(): Promise<void> {
  return send<void>('DELETE', '/api/session')
}
