/** What a new entry begins with: an id that is free, and the kind that the list is filtered by. */
import { entries, type Kind, type Raw, ZONE_KINDS } from './entries'
import { type as listed } from './listing'

export function freeId(kind: Kind, wanted?: string): string {
  const taken = new Set(entries.value.filter((one) => one.kind === kind).map((one) => one.id))
  if (wanted && !taken.has(wanted)) return wanted
  const stem = wanted ? `${wanted}-` : kind === 'zones' ? 'Z-new-' : 'R-new-'
  let number = wanted ? 2 : 1
  while (taken.has(`${stem}${number}`)) number += 1
  return `${stem}${number}`
}

export function newFields(kind: Kind): Raw {
  if (kind === 'routes') return { id: freeId(kind), half_width_m: 50 }
  const zone = ZONE_KINDS.find((one) => one === listed.value)
  return { id: freeId(kind), kind: zone ?? 'no_go' }
}
