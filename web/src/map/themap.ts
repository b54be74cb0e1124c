/** The one map of the page, for those who draw on it; null while there is none. */
import { shallowRef } from 'vue'

import type { DistrictMap } from './districtmap'

export const theMap = shallowRef<DistrictMap | null>(null)
