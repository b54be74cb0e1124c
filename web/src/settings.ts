/** Choices of the person at the page: in the address, so that a pasted link shows the same; kept for next time. */
export function readSetting(name: string): string | null {
  const given = new URLSearchParams(location.search).get(name)
  if (given !== null) return given
  try {
    return localStorage.getItem(`haulwatch.${name}`)
  } catch {
    return null // storage may be forbidden; the page works without
  }
}

export function writeSetting(name: string, value: string): void {
  writeAddress(name, value)
  try {
    localStorage.setItem(`haulwatch.${name}`, value)
  } catch {
    // Kept in the address all the same.
  }
}

export function writeAddress(name: string, value: string | null): void {
  const address = new URL(location.href)
  if (value === null) address.searchParams.delete(name)
  else address.searchParams.set(name, value)
  history.replaceState(null, '', address)
}

/** A wall is looked at by everybody and operated by nobody. */
export const isWall = new URLSearchParams(location.search).get('wall') === '1'
