/** The districts that there are, and those of a scope by name. */
import { computed } from 'vue'

import { world } from '../live/world'
import { t } from '../words'

/** The registry's districts by id; one without a name is called by its id. */
export const districtNames = computed(() => {
  const features = world.registry.value?.districts.features ?? []
  const known = features.map((one) => one['properties'] as { id: string; name?: string })
  return new Map(known.map((one) => [one.id, one.name || one.id]))
})

export function scopeText(districtIds: readonly string[] | null): string {
  if (districtIds === null) return t('all_districts')
  if (districtIds.length === 0) return t('no_district')
  return districtIds.map((id) => districtNames.value.get(id) ?? id).join(t('list_separator'))
}
