/** Permits and vehicles as CSV files: read row by row, and given out to be filled in. */
import { send } from './client'
import type { components, operations } from './schema'

type Schemas = components['schemas']
export type SheetView = Schemas['SheetView']
export type SheetRow = Schemas['SheetRowView']
export type SheetSection = SheetView['section']
export type VehicleKind = NonNullable<NonNullable<operations['read_a_sheet']['parameters']['query']>['kind']>

interface Asked {
  draft_id: number | undefined
  lang: 'zh' | 'en'
}

function at(section: SheetSection, given: Record<string, string | number | boolean | undefined>): string {
  const query = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return `/api/sheets/${section}?${new URLSearchParams(query)}`
}

export function readSheet(section: SheetSection, file: Blob, asked: Asked & { kind: VehicleKind }): Promise<SheetView> {
  return send<SheetView>('POST', at(section, { ...asked }), file)
}

/** Where a file is found that holds the headings alone, or all entries too. */
export const sheetAddress = (section: SheetSection, asked: Asked, empty: boolean): string => at(section, { ...asked, empty })
