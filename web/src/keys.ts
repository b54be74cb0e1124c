/** What keys do. They are off while somebody types or a dialog is open, and can be turned off wholly. */
import { ref } from 'vue'

import { shownIds, toggleSeverity } from './alerts/listing'
import { SEVERITIES } from './api/client'
import { toggleFollow } from './map/following'
import { goTo, page, type Page } from './navigation'
import { pages } from './people/session'
import { closeSelection, goThere, selectAlert, selectedAlertId } from './selection'
import { readSetting, writeSetting } from './settings'
import { onTrackKey } from './tracks/replay'

const GO_MS = 1000
/** G and then one of these goes to a page. */
export const PAGE_LETTERS: Readonly<Record<string, Page>> = { l: 'live', c: 'cases', d: 'dust', t: 'tracks', z: 'zones', v: 'devices', s: 'settings' }

export const keysAreOn = ref(readSetting('keys') !== 'off')
export const showsKeys = ref(false)
/** On a narrow page, which cannot show both: the map, not the list. */
export const showsMap = ref(false)

export function turnKeys(on: boolean): void {
  keysAreOn.value = on
  writeSetting('keys', on ? 'on' : 'off')
}

export interface Offers {
  /** What the open case does for a key. */
  act?(act: 'acknowledge' | 'assign'): void
  /** How a page steps through its rows. */
  step?(by: 1 | -1): void
}

let offered: Offers = {}
/** What the parts shown can do; of two, the later counts. Gives what takes it back. */
export function offer(offers: Offers): () => void {
  offered = offers
  return () => {
    if (offered === offers) offered = {}
  }
}
/** Brings up the alerts that wait above the list; false where none wait. */
let newer: () => boolean = () => false
export function offerNewer(handler: typeof newer): void {
  newer = handler
}

let goUntil = 0

export function onKey(event: KeyboardEvent): void {
  if (!keysAreOn.value || event.ctrlKey || event.metaKey || event.altKey) return
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return
  const key = event.key.toLowerCase()
  const target = event.timeStamp < goUntil ? PAGE_LETTERS[key] : undefined
  goUntil = key === 'g' ? event.timeStamp + GO_MS : 0
  if (target !== undefined && pages.value.includes(target)) goTo(target)
  else if (!((page.value === 'tracks' || page.value === 'alert') && onTrackKey(key, event.target)) && !onPlainKey(key)) return
  if (key !== 'escape') event.preventDefault()
}

/** Whether the key did something. */
function onPlainKey(key: string): boolean {
  if (key === '?') showsKeys.value = true
  else if (key === '/') focusOn('[data-search]')
  else if (key === 'a') offered.act?.('acknowledge')
  else if (key === 't') offered.act?.('assign')
  else if (key === 'j') step(1)
  else if (key === 'k') step(-1)
  else if (page.value === 'alert' && key === 'escape') goTo('live')
  else if (page.value !== 'live') return false
  else if (key === 'e' && selectedAlertId.value !== null) goTo('alert')
  else if (key === 'escape') leaveDetail()
  else if (key === 'z') goThere.value += 1
  else if (key === 'f') toggleFollow()
  else if (key === 'm') showsMap.value = !showsMap.value
  else if (key === 'enter') return openSelected()
  else if (/^[1-4]$/.test(key)) toggleSeverity(SEVERITIES[Number(key) - 1]!)
  else return false
  return true
}

/** Select the next row of those on the screen, or the one before; above the first are those that wait. */
function step(by: 1 | -1): void {
  if (page.value !== 'live') return offered.step?.(by)
  const rows = shownIds.value
  const at = selectedAlertId.value === null ? -1 : rows.indexOf(selectedAlertId.value)
  if (by === -1 && at <= 0 && newer()) return
  const next = rows[at === -1 ? (by > 0 ? 0 : rows.length - 1) : at + by]
  if (next !== undefined) selectAlert(next)
}

/** Where a control has the focus, Enter is the control's. */
function openSelected(): boolean {
  if (document.activeElement !== document.body) return false
  if (selectedAlertId.value === null) step(1)
  else focusOn('[data-card] [data-act], [data-card] button')
  return true
}

/** Back to the row that was open. */
function leaveDetail(): void {
  const row = document.querySelector<HTMLElement>(`[data-alert="${selectedAlertId.value}"]`)
  const wasInside = document.activeElement?.closest('[data-card]')
  closeSelection()
  if (wasInside) row?.focus()
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus()
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
