/** What keys do. They are off while somebody types, and G waits a second for the letter of a page. */
import { world } from './live/world'
import { goTo, page } from './navigation'
import { closeSelection, goThere, selectAlert, selectedAlertId } from './selection'

const GO_MS = 1000
let goUntil = 0

/** What the open case offers for a key; null where there is none. */
let onAct: ((act: 'acknowledge' | 'assign') => void) | null = null
export function offerActs(handler: typeof onAct): void {
  onAct = handler
}

export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
  const key = event.key.toLowerCase()
  if (event.timeStamp < goUntil && (key === 'l' || key === 'c')) {
    goUntil = 0
    goTo(key === 'l' ? 'live' : 'cases')
    return
  }
  goUntil = key === 'g' ? event.timeStamp + GO_MS : 0
  if (key === 'escape') closeSelection()
  else if (key === 'a') onAct?.('acknowledge')
  else if (key === 't') onAct?.('assign')
  else if (page.value !== 'live') return
  else if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1)
  else if (key === 'z') goThere.value += 1
  else return
  if (key !== 'escape') event.preventDefault()
}

/** Select the next alert of the ongoing ones, or the one before. */
function step(by: number): void {
  const list = world.alerts.ongoing.value
  const at = list.findIndex((alert) => alert.id === selectedAlertId.value)
  const next = list[at === -1 ? (by > 0 ? 0 : list.length - 1) : at + by]
  if (next) selectAlert(next.id)
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
