/** Zones and routes as they were in the version that judged an alert, where the version in force has them otherwise. */
import { computed } from 'vue'

import type { Explanation } from '../api/alerts'
import type { RegistryView } from '../api/client'
import { world } from '../live/world'
import { page } from '../navigation'
import { story } from './story'

type Feature = Record<string, unknown>
const idOf = (feature: Feature): unknown => (feature['properties'] as Feature | undefined)?.['id']

/** Whether the registry in force has it in another shape, or no more. */
export function isOther(feature: Feature, now: readonly Feature[]): boolean {
  const own = now.find((one) => idOf(one) === idOf(feature))
  return own === undefined || JSON.stringify(own['geometry']) !== JSON.stringify(feature['geometry'])
}

function asJudged(registry: RegistryView, judged: Explanation): RegistryView {
  const sections = (['zones', 'routes'] as const).flatMap((section) => {
    const now = registry[section].features
    const other = judged[section].features.filter((one) => isOther(one, now))
    if (other.length === 0) return []
    const ids = new Set(other.map(idOf))
    return [[section, { ...registry[section], features: [...now.filter((one) => !ids.has(idOf(one))), ...other] }] as const]
  })
  return sections.length === 0 ? registry : { ...registry, ...Object.fromEntries(sections) }
}

/** What the map shows: the registry in force, but beside an alert as it was judged. */
export const shownRegistry = computed(() => {
  const { value } = world.registry
  return value !== null && page.value === 'alert' && story.value !== null ? asJudged(value, story.value) : value
})
