/** The registry and the base map: what the page draws. */
import { ApiFailure, get, type RegistryView } from './client'
import type { components } from './schema'

type Schemas = components['schemas']

/** The newest registry, or null before the first is loaded. */
export async function getRegistry(): Promise<RegistryView | null> {
  try {
    return await get<RegistryView>('/api/registry')
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return null
    throw error
  }
}

export type BaseMap = Schemas['BaseMapView']

export function getBaseMap(): Promise<BaseMap> {
  return get<BaseMap>('/api/map')
}
