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

/** As it was written last: when the browser tells of Back or Forward, the address is the other one already. */
let written = location.search

function write(changes: Readonly<Record<string, string | null>>, isStep: boolean): void {
  const address = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) address.searchParams.delete(name)
    else address.searchParams.set(name, value)
  }
  written = address.search
  if (isStep) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

export function writeAddress(name: string, value: string | null): void {
  write({ [name]: value }, false)
}

/** The same as a step that the browser's Back takes back. */
export function addStep(changes: Readonly<Record<string, string | null>>): void {
  write(changes, true)
}

/** After Back or Forward these names are of the step gone to; all else stays as it is shown. */
export function takeStep(names: readonly string[]): URLSearchParams {
  const step = new URLSearchParams(location.search)
  const address = new URL(location.href)
  address.search = written
  history.replaceState(null, '', address)
  write(Object.fromEntries(names.map((name) => [name, step.get(name)])), false)
  return step
}

/** A wall is looked at by everybody and operated by nobody. */
export const isWall = new URLSearchParams(location.search).get('wall') === '1'
