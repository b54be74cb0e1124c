/** The wall: the live page for a screen that many look at and nobody operates, by `?wall=1`. */
import { computed, ref, shallowRef } from 'vue'

import { unacknowledged } from '../alerts/listing'
import { getBudget } from '../api/alerts'
import { type CaseView, getCaseCounts, getCases } from '../api/cases'
import type { CaseTabs } from '../api/cases'
import { SEVERITIES } from '../api/client'
import { isOngoing } from '../live/alertbook'
import { world } from '../live/world'
import { stationsNow } from '../map/stations'
import { t } from '../words'
import { timezone } from '../words/format'

const EVERY_MS = 20_000
const RELOAD_HOUR = 4
const HOUR_MS = 3_600_000

export interface Figure {
  name: string
  n: number | null
  of: number | null
  /** When it was found. */
  atMs: number | null
}

type Budget = Awaited<ReturnType<typeof getBudget>>

export const budget = shallowRef<Budget | null>(null)
export const overdue = shallowRef<CaseView[]>([])
const tabs = shallowRef<CaseTabs | null>(null)
const askedMs = ref<number | null>(null)

async function ask(): Promise<void> {
  try {
    const [load, counts, late] = await Promise.all([getBudget(24), getCaseCounts(), getCases('overdue', {}, undefined, 10)])
    budget.value = load
    tabs.value = counts
    overdue.value = late.items
    askedMs.value = world.nowMs.value
  } catch {
    // The last known figures stay with their time.
  }
}

/** Ask for what the stream does not tell, until it is taken down. */
export function watchFigures(): () => void {
  void ask()
  const timer = window.setInterval(() => void ask(), EVERY_MS)
  return () => clearInterval(timer)
}

export const figures = computed<Figure[]>(() => {
  const { reporting, moving, registered } = world.counts.value
  const stations = stationsNow.value
  const looks = (...wanted: string[]) => stations.filter((one) => wanted.includes(one.look)).length
  const untaken = (severity: string) => unacknowledged.value.filter((one) => one.severity === severity).length
  const day = budget.value && SEVERITIES.reduce((sum, one) => sum + (budget.value!.by_severity[one] ?? 0), 0)
  const live = world.link.newestDataMs
  const heard = stations.length === 0 ? null : live
  const found = tabs.value
  return [
    { name: t('wall_reporting'), n: reporting, of: registered, atMs: live },
    { name: t('wall_moving'), n: moving, of: reporting, atMs: live },
    { name: t('wall_stations'), n: heard && stations.length - looks('silent'), of: heard && stations.length, atMs: heard },
    { name: t('wall_over'), n: heard && looks('over'), of: heard && looks('over', 'near', 'fine'), atMs: heard },
    { name: t('wall_critical'), n: untaken('critical'), of: unacknowledged.value.length, atMs: live },
    { name: t('wall_major'), n: untaken('major'), of: unacknowledged.value.length, atMs: live },
    { name: t('wall_ongoing'), n: world.alerts.newestFirst.value.filter(isOngoing).length, of: day, atMs: askedMs.value },
    { name: t('wall_called'), n: budget.value?.last_10_min ?? null, of: budget.value?.most_per_10_min ?? null, atMs: askedMs.value },
    { name: t('wall_flood'), n: budget.value && Math.round(budget.value.flood_s / 60), of: 24 * 60, atMs: askedMs.value },
    { name: t('wall_overdue'), n: found?.overdue ?? null, of: found?.open ?? null, atMs: askedMs.value },
    { name: t('wall_to_assign'), n: found?.to_assign ?? null, of: found?.open ?? null, atMs: askedMs.value },
    { name: t('wall_awaiting'), n: found?.awaiting_answer ?? null, of: found?.open ?? null, atMs: askedMs.value },
  ]
})

/** Whether a page opened then should begin anew now: from four at night on, once, while nothing critical is open. */
export function isDue(openedMs: number, nowMs: number, criticalOpen: boolean): boolean {
  const hour = Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: timezone.value }).format(nowMs))
  return hour === RELOAD_HOUR && nowMs - openedMs > HOUR_MS && !criticalOpen
}
