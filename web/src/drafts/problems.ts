/** What keeps a draft from being put in force, as the page says it. */
import type { DraftProblem } from '../api/drafts'
import { language, term } from '../words'

type Told = Pick<DraftProblem, 'message' | 'message_zh'>

export const said = (problem: Told): string => (language.value === 'zh' ? problem.message_zh : problem.message)

const IN_ENTRY = /^\$\.\w+\[\d+\]\.?/

/** The field of its entry that a problem lies in, as the document names it; empty where it is the entry itself. */
export const fieldOf = (path: string): string => /^\$\.\w+\[\d+\]\.(\w+)/.exec(path)?.[1] ?? ''

/** Where a problem lies, in words, or the path where there are none: `stops[2].lon` is "Stops 3 · Longitude". */
export function placeWords(path: string): string {
  const inside = path.replace(IN_ENTRY, '')
  const parts = inside.split('.').map(partWords)
  return parts[0] === null ? inside : parts.filter((one) => one !== null).join(' · ')
}
function partWords(part: string): string | null {
  const [, name = '', at] = /^(\w+)(?:\[(\d+)\])?/.exec(part) ?? []
  const word = term(name, 'entry_field_')
  if (word === name) return null
  return at === undefined ? word : `${word} ${Number(at) + 1}`
}
