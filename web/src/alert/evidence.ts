/** Evidence as it comes: fields of any kind, read without believing them. */
export type Evidence = Record<string, unknown>

export function list(value: unknown): Evidence[] {
  return Array.isArray(value) ? value.filter((one): one is Evidence => typeof one === 'object' && one !== null) : []
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

export function num(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

export function str(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
