/** What keys do. They are off while somebody types or a dialog is open, and can be turned off wholly. */
import { ref } from 'vue'

import { closedGroupOf, opened, rows, steps, toggleGroup } from './alerts/held'
import { toggleSeverity } from './alerts/listing'
import { asked, shelvingId, together, toggleMark } from './alerts/marks'
import { SEVERITIES } from './api/client'
import { silenceAll } from './duty/watch'
import { toggleFollow } from './map/following'
import { goTo, page, type Page } from './navigation'
import { mayHandle, mayShelve, pages } from './people/session'
import { closeSelection, goThere, selectAlert, selectedAlertId } from './selection'
import { readSetting, writeSetting } from './settings'
import { onTrackKey } from './tracks/replay'

const GO_MS = 1000
/** G and then one of these goes to a page. */
export const PAGE_LETTERS: Readonly<Record<string, Page>> = { l: 'live', c: 'cases', d: 'dust', t: 'tracks', z: 'zones', p: 'registry', v: 'devices', w: 'reports', x: 'scores', k: 'work', s: 'settings', r: 'rules' }

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
  /** Mark the row that is chosen, or not any more. */
  mark?(): void
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
  else if (key === '/') focusOn(page.value === 'tracks' ? '[data-tracks] input[name=plate]' : '[data-search]')
  else if (key === 'a') act('acknowledge')
  else if (key === 't') act('assign')
  else if (key === 's') silenceAll()
  else if (key === 'j') step(1)
  else if (key === 'k') step(-1)
  else if (page.value === 'cases' && key === 'x') offered.mark?.()
  else if (page.value === 'alert' && key === 'escape') goTo('live')
  else if (page.value === 'reports' && key === 'e') document.querySelector<HTMLElement>('[data-export]')?.click()
  else if (page.value === 'reports' && key === 'h') focusOn('input[name=handed_to]')
  else if (page.value !== 'live') return false
  else if (key === 'e' && selectedAlertId.value !== null) goTo('alert')
  else if (key === 'escape') leaveDetail()
  else if (key === 'z') goThere.value += 1
  else if (key === 'f') toggleFollow()
  else if (key === 'm') showsMap.value = !showsMap.value
  else if (key === 'enter') return openSelected()
  else if (key === 'x' && selectedAlertId.value !== null) toggleMark(selectedAlertId.value)
  else if (key === 'h' && selectedAlertId.value !== null && mayShelve.value) shelvingId.value = selectedAlertId.value
  else if (key === 'arrowright' || key === 'arrowleft') return openGroup(key === 'arrowright')
  else if (/^[1-4]$/.test(key)) toggleSeverity(SEVERITIES[Number(key) - 1]!)
  else return false
  return true
}

/** Those marked, or the closed group that is selected, are acted on together; else the open case is. */
function act(what: 'acknowledge' | 'assign'): void {
  const ids = page.value === 'live' && mayHandle.value ? together(selectedAlertId.value) : null
  if (ids !== null) asked.value = { act: what, ids }
  else offered.act?.(what)
}

/** Open or close the group of the selected row; elsewhere the arrows are the map's. */
function openGroup(opens: boolean): boolean {
  if (document.activeElement?.closest('.stage, input, textarea, select')) return false
  const block = opens
    ? closedGroupOf(selectedAlertId.value)
    : rows.value.find((row) => row.id === selectedAlertId.value && row.block !== null && opened.value.has(row.block.key))?.block
  if (!block) return false
  toggleGroup(block.key, opens)
  if (!opens) selectAlert(block.ids[0]!)
  return true
}

/** Select the next row of those on the screen, or the one before; above the first are those that wait. */
function step(by: 1 | -1): void {
  if (page.value !== 'live') return offered.step?.(by)
  const shown = steps.value
  const at = selectedAlertId.value === null ? -1 : shown.indexOf(selectedAlertId.value)
  if (by === -1 && at <= 0 && newer()) return
  const next = shown[at === -1 ? (by > 0 ? 0 : shown.length - 1) : at + by]
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
