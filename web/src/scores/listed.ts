/** Which vehicles are on a list today, asked again each minute while somebody looks. */
import { onBeforeUnmount, shallowRef } from 'vue'

import { getLists, type ListName } from '../api/scores'

const EVERY_MS = 60_000
const found = shallowRef<ReadonlyMap<string, ListName>>(new Map())

async function ask(): Promise<void> {
  try {
    const { items } = await getLists()
    const next = new Map<string, ListName>()
    for (const one of items) if (one.about === 'vehicle' && next.get(one.id) !== 'blacklist') next.set(one.id, one.list)
    found.value = next
  } catch {
    // What was known stays; the mark is a help, the lists themselves are on their page.
  }
}

/** The list that a vehicle stands on; undefined for none. For a component's setup. */
export function listOf(): (vehicleId: string | null | undefined) => ListName | undefined {
  void ask()
  const again = setInterval(() => void ask(), EVERY_MS)
  onBeforeUnmount(() => clearInterval(again))
  return (vehicleId) => (vehicleId ? found.value.get(vehicleId) : undefined)
}
