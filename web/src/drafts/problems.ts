/** What keeps a draft from being put in force, as the page says it. */
import type { DraftProblem } from '../api/drafts'
import { language, term } from '../words'

type Told = Pick<DraftProblem, 'message' | 'message_zh'>

export const said = (problem: Told): string => (language.value === 'zh' ? problem.message_zh : problem.message)

/** The field of its entry that a problem lies in, as the document names it; empty where it is the entry itself. */
export const fieldOf = (path: string): string => /^\$\.\w+\[\d+\]\.(\w+)/.exec(path)?.[1] ?? ''

/** The same in words, or the path where there are none. */
export function placeWords(path: string): string {
  const field = fieldOf(path)
  const word = term(field, 'entry_field_')
  return field === '' || word === field ? path.replace(/^\$\.\w+\[\d+\]\.?/, '') : word
}
