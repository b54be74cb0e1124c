/** Users, tokens and the audit log. */
import { get, send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type User = Schemas['User']
export type Role = User['role']
export type Token = Schemas['Token']
export type Audit = Schemas['Audit']
export const ROLES: readonly Role[] = ['viewer', 'dispatcher', 'analyst', 'administrator']

export function getUsers(): Promise<User[]> {
  return get<User[]>('/api/users')
}

export function addUser(user: Schemas['NewUser']): Promise<User> {
  return send<User>('POST', '/api/users', user)
}

export function changeUser(id: string, change: Schemas['UserChange']): Promise<User> {
  return send<User>('PUT', `/api/users/${encodeURIComponent(id)}`, change)
}

export function setPassword(id: string, password: string): Promise<void> {
  return send<void>('PUT', `/api/users/${encodeURIComponent(id)}/password`, { password })
}

export function getTokens(): Promise<Token[]> {
  return get<Token[]>('/api/tokens')
}

export function addToken(token: Schemas['NewToken']): Promise<Schemas['MadeToken']> {
  return send('POST', '/api/tokens', token)
}

export function revokeToken(id: number): Promise<void> {
  return send<void>('DELETE', `/api/tokens/${id}`)
}

export function getAudit(before: number | null): Promise<Schemas['AuditPage']> {
  return get(`/api/audit?limit=100${before === null ? '' : `&before=${before}`}`)
}
