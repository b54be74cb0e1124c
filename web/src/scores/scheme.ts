/** A scheme's document as a form edits it: each change gives another document. */
import type { SchemeDocument, Worth } from '../api/scores'
import type { Severity } from '../api/client'
import { t, term } from '../words'

export const clone = (document: SchemeDocument): SchemeDocument => JSON.parse(JSON.stringify(document)) as SchemeDocument

export const worthOf = (document: SchemeDocument, kind: string, severity: Severity): Partial<Worth> => document.points?.[kind]?.[severity] ?? {}

/** Set the points of a kind and severity; with neither of them it is not priced any more. */
export function setWorth(document: SchemeDocument, kind: string, severity: Severity, worth: Partial<Worth>): void {
  document.points ??= {}
  const row = (document.points[kind] ??= {})
  if (worth.company === undefined && worth.vehicle === undefined) delete row[severity]
  else row[severity] = { company: worth.company ?? 0, vehicle: worth.vehicle ?? 0 }
  if (Object.keys(row).length === 0) delete document.points[kind]
}

/** What was typed as points: nothing is nothing, not nought. */
export function typedPoints(event: Event): number | undefined {
  const { value } = event.target as HTMLInputElement
  return value === '' ? undefined : Number(value)
}

/** Where in the document something is wrong, in words: the table, the row, the field. */
export function pathWords(path: string): string {
  const parts = path.replace(/^\$\.?/, '').split(/[.[\]]+/).filter(Boolean)
  if (parts.length === 0) return t('scheme_whole')
  return parts.map((part) => (/^\d+$/.test(part) ? t('scheme_row', { n: Number(part) + 1 }) : wordOf(part))).join(' · ')
}

function wordOf(part: string): string {
  const own = term(part, 'scheme_part_')
  return own === part ? term(part) : own
}

/** The document as a file, and a file as a document; undefined where it is no JSON. */
export function saveAs(document: SchemeDocument, name: string): void {
  const link = Object.assign(window.document.createElement('a'), { href: URL.createObjectURL(new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' })), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href))
}

export async function readFrom(file: File): Promise<unknown> {
  try {
    return JSON.parse(await file.text()) as unknown
  } catch {
    return undefined
  }
}

/** Whether the form can show it: what is missing altogether is refused by the service, not shown as empty. */
export const isShowable = (given: unknown): given is SchemeDocument => {
  if (typeof given !== 'object' || given === null) return false
  const { name, cycle, bands } = given as Partial<SchemeDocument>
  return [name, cycle, bands].every((one) => typeof one === 'object' && one !== null) && Array.isArray(bands?.company) && Array.isArray(bands.vehicle)
}
