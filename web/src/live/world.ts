/** What the page knows of the district: loaded once, kept current by the stream. */
import { computed, reactive, ref, shallowRef } from 'vue'

import { getAlerts, getCaseChanges, getOngoingAlerts, getPositions, getRegistry, type RegistryView } from '../api/client'
import type { Word } from '../words'
import { timezone } from '../words/format'
import { CaseBook } from '../cases/casebook'
import { AlertBook } from './alertbook'
import { Fleet } from './fleet'
import { LiveStream, type Message } from './stream'

/** The feed counts as stopped when the newest data are older than this. */
const STOPPED_AFTER_MS = 15_000
const CLOCK_OFF_MS = 2000
const RELOAD_AFTER_S = 5
const NOTICE_MS = 8000

export type FeedState = 'connecting' | 'live' | 'no_data' | 'stopped' | 'lost' | 'database'

export interface Notice {
  word: Word
  params: Record<string, string | number>
}

function newWorld() {
  const registry = shallowRef<RegistryView | null>(null)
  const fleet = new Fleet()
  const alerts = new AlertBook()
  const cases = new CaseBook()
  const loaded = ref(false)
  const notice = shallowRef<Notice | null>(null)
  const earlierCursor = ref<string | null>(null)
  const nowMs = ref(Date.now())
  const counts = shallowRef(fleet.counts(nowMs.value))
  const link = reactive({
    connected: false,
    attempt: 0,
    newestDataMs: null as number | null,
    clockOffMs: 0,
    databaseAvailable: true,
    lastNumber: null as number | null,
  })

  const feed = computed<FeedState>(() => {
    if (link.attempt > 0 && !link.connected) return 'lost'
    if (!link.connected || !loaded.value) return 'connecting'
    if (!link.databaseAvailable) return 'database'
    if (link.newestDataMs === null) return 'no_data'
    return nowMs.value - link.newestDataMs > STOPPED_AFTER_MS ? 'stopped' : 'live'
  })
  const isStale = computed(() => ['stopped', 'lost', 'database'].includes(feed.value))

  let noticeTimer = 0
  function say(word: Word, params: Record<string, string | number> = {}): void {
    clearTimeout(noticeTimer)
    notice.value = { word, params }
    noticeTimer = window.setTimeout(() => (notice.value = null), NOTICE_MS)
  }

  let loading = 0
  async function load(): Promise<void> {
    const mine = ++loading
    alerts.beginLoad()
    try {
      // Asked for first: what is done from here on comes with the stream or after this number.
      const acted = await getCaseChanges(null)
      const [view, positions, ongoing, newest] = await Promise.all([
        getRegistry(),
        getPositions(),
        getOngoingAlerts(),
        getAlerts({ limit: 200 }),
      ])
      if (mine !== loading) return
      setRegistry(view)
      fleet.apply(positions.items)
      alerts.finishLoad([...newest.items, ...ongoing])
      cases.load([...newest.items, ...ongoing])
      cases.newestAct ??= acted.number
      earlierCursor.value = newest.next ?? null
      loaded.value = true
    } catch {
      if (mine !== loading) return
      say('notice_load_failed', { s: RELOAD_AFTER_S })
      setTimeout(() => mine === loading && void load(), RELOAD_AFTER_S * 1000)
    }
  }

  function setRegistry(view: RegistryView | null): void {
    registry.value = view
    if (!view) return
    timezone.value = view.timezone
    fleet.setVehicles(view.vehicles)
  }

  async function loadEarlier(): Promise<void> {
    if (earlierCursor.value === null) return
    const page = await getAlerts({ limit: 200, cursor: earlierCursor.value })
    alerts.addEarlier(page.items)
    cases.load(page.items)
    earlierCursor.value = page.next ?? null
  }

  /** The registry may have changed, and positions moved, while the page was cut off. */
  async function refresh(): Promise<void> {
    try {
      const [view, positions, acted] = await Promise.all([getRegistry(), getPositions(), getCaseChanges(cases.newestAct)])
      if (view?.version !== registry.value?.version) setRegistry(view)
      fleet.apply(positions.items)
      for (const one of acted.items) cases.change(one)
      cases.newestAct = acted.number
    } catch {
      // The stream goes on; the next cut or reload tries again.
    }
  }

  function receive(message: Message): void {
    link.lastNumber = stream.lastNumber
    switch (message.type) {
      case 'alert':
        alerts.change(message.alert)
        noteRuleset(message.alert.ruleset_version)
        break
      case 'positions':
        fleet.apply(message.positions)
        if (message.gone) fleet.leave(message.gone)
        break
      case 'case':
        cases.change(message.case)
        cases.newestAct = message.number
        break
      case 'heartbeat':
        heartbeat(message)
        break
      case 'reload':
        say('notice_reload')
        void load()
        break
    }
  }

  function noteRuleset(version: number): void {
    if (registry.value && version > registry.value.version) void refresh()
  }

  function heartbeat(message: Extract<Message, { type: 'heartbeat' }>): void {
    const serverMs = Date.parse(message.server_time)
    link.clockOffMs = serverMs - Date.now()
    link.newestDataMs = message.newest_data_time === null ? null : Date.parse(message.newest_data_time)
    link.databaseAvailable = message.database_available
    tellTime()
  }

  /** The page goes by the server's clock: a wrong clock at the desk must not make data look old. */
  function tellTime(): void {
    nowMs.value = Date.now() + link.clockOffMs
    counts.value = fleet.counts(nowMs.value)
  }

  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const stream = new LiveStream(`${scheme}://${location.host}/api/live`, {
    opened(resumed) {
      link.connected = true
      link.attempt = 0
      if (resumed && loaded.value) void refresh()
      else void load()
    },
    message: receive,
    caughtUp(missed) {
      link.lastNumber = stream.lastNumber
      say('notice_resumed', { n: missed })
    },
    lost(attempt) {
      link.connected = false
      link.attempt = attempt
    },
  })

  let ticking = 0
  function start(): void {
    stream.start()
    ticking ||= window.setInterval(tellTime, 1000)
  }

  /** Nobody is signed in: nothing of what was seen stays. */
  function stop(): void {
    stream.stop()
    loading += 1
    link.connected = false
    loaded.value = false
    registry.value = null
    fleet.clear()
    alerts.finishLoad([])
    cases.clear()
  }

  const clockIsOff = computed(() => Math.abs(link.clockOffMs) > CLOCK_OFF_MS)
  return {
    registry, fleet, alerts, cases, loaded, notice, earlierCursor, nowMs, counts, link, feed, isStale, clockIsOff,
    loadEarlier, start, stop,
  }
}

export const world = newWorld()
