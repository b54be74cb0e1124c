/** What goes between the phone and the service, by the link's secret; each part may be sent again without harm. */
import type { components } from '../api/schema'
import type { Answer } from './keeping'

type Schemas = components['schemas']
export type FieldCase = Schemas['FieldCase']

/** The service has answered, and will answer the same again: the link has ended, or something cannot be taken. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message)
  }
}

export interface Link {
  caseId: number
  secret: string
}

/** From the address `/f/17#hwf_…`; the part after # never leaves the phone but as a header. */
export function linkOf(address: Location): Link | null {
  const caseId = Number(/^\/f\/(\d+)\/?$/.exec(address.pathname)?.[1])
  const secret = address.hash.slice(1)
  return Number.isSafeInteger(caseId) && caseId > 0 && secret.startsWith('hwf_') ? { caseId, secret } : null
}

async function ask<T>(link: Link, method: string, path: string, body?: Blob | object): Promise<T> {
  const isFile = body instanceof Blob
  const response = await fetch(`/api/field/${link.caseId}${path}`, {
    method,
    headers: { authorization: `Bearer ${link.secret}`, ...(body === undefined || isFile ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
  })
  const answer: unknown = await response.json()
  if (response.ok) return answer as T
  const { code, message } = (answer as Schemas['ErrorBody']).error
  // Too often, or a service that is away: later it may go.
  if (response.status === 429 || response.status >= 500) throw new Error(message)
  throw new Refused(code, message)
}

export function readCase(link: Link): Promise<FieldCase> {
  return ask<FieldCase>(link, 'GET', '')
}

/** Photos first, then the answer that names them; gives when the service took it. */
export async function deliver(link: Link, answer: Answer): Promise<string> {
  for (const photo of answer.photos) {
    await ask(link, 'PUT', `/photos/${photo.id}?name=${encodeURIComponent(photo.name)}`, photo.blob)
  }
  const done = await ask<Schemas['Delivered']>(link, 'POST', '/answer', {
    key: answer.key, found: answer.found, text: answer.text, written_at: answer.writtenAt,
    photo_ids: answer.photos.map((photo) => photo.id), ...(answer.place ?? {}),
  })
  return done.delivered_at
}
