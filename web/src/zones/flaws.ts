/** What is wrong with a shape, in words, and where. */
import { t } from '../words'
import { coordinates } from '../words/format'
import type { Flaw } from './shape'

export function flawWords(flaw: Flaw): string {
  if (!('at' in flaw)) return t(`flaw_${flaw.kind}`)
  return t(`flaw_${flaw.kind}`, { place: coordinates(flaw.at[0], flaw.at[1]) })
}
