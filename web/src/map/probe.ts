/** What the map shows just now, for tests: filled in by the map when there is one. */
export interface MapLook {
  ready: boolean
  webgl: boolean
  zoom: number
  center: [number, number]
  drawn: Record<string, number>
}

export const mapProbe: { look: () => MapLook | null } = { look: () => null }
