/** A rule's sentence in pieces: text, and the places where its numbers stand. */
import type { RuleKindView, RuleNumber } from '../api/backtests'
import type { Language } from '../words'

export type Piece = { text: string } | { number: RuleNumber; isField: boolean }

export interface Sentence {
  holds: Piece[]
  ends: Piece[]
}

/** A number is typed where it stands first, and repeated after that. */
export function sentenceOf(kind: RuleKindView, language: Language): Sentence {
  const words = kind.words[language]
  const seen = new Set<string>()
  const pieces = (text: string): Piece[] =>
    text.split(/\{(\w+)\}/).flatMap((part, at): Piece[] => {
      if (at % 2 === 0) return part === '' ? [] : [{ text: part }]
      const number = kind.numbers.find((one) => one.name === part)
      if (number === undefined) return [{ text: part }]
      const isField = !seen.has(part)
      seen.add(part)
      return [{ number, isField }]
    })
  return { holds: pieces(words?.holds ?? ''), ends: pieces(words?.ends ?? '') }
}
