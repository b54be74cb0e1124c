/** What the page knows of the district: loaded once, kept current by the stream. */
import { computed, reactive, ref, shallowRef } from 'vue'

import { getAlerts, getShelves } from '../api/alerts'
import { getCaseChanges } from '../api/cases'
import type { Alert, RegistryView } from '../api/client'
import { getRegistry } from '../api/registry'
import type { Word } from '../words'
import { timezone } from '../words/format'
import { CaseBook } from '../cases/casebook'
import { ShelfBook } from '../duty/shelves'
import { AlertBook } from './alertbook'
import { Backlog } from './backlog'
import { Fleet } from './fleet'
import { type DistrictCount, LiveStream, type Message, type View } from './stream'

/** The feed counts as stopped when the newest data are older than this. */
const STOPPED_AFTER_MS = 15_000
const CLOCK_OFF_MS = 2000
const RELOAD_AFTER_S = 5
const NOTICE_MS = 8000
const NOTE_SHOWN = 80

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
  const shelves = new ShelfBook()
  const backlog = new Backlog()
  const loaded = ref(false)
  const notice = shallowRef<Notice | null>(null)
  const nowMs = ref(Date.now())
  /** For what many rows say of the day or the hour: it changes with the minute, not with the second. */
  const minuteMs = computed(() => Math.floor(nowMs.value / 60_000) * 60_000)
  /** What the vehicles do, by district, in view or not. */
  const districts = shallowRef<DistrictCount[]>([])
  const counts = computed(() => ({
    reporting: sum(districts.value, 'reporting'),
    moving: sum(districts.value, 'moving'),
    registered: registry.value?.vehicles.filter((one) => one.device_id).length ?? 0,
  }))
  /** The vehicles that were silent for too long to be drawn, by device. */
  const lost = shallowRef<ReadonlySet<string>>(new Set())
  /** Raised whenever positions came: the vehicles themselves are outside Vue. */
  const moved = ref(0)
  const link = reactive({
    connected: false,
    attempt: 0,
    newestDataMs: null as number | null,
    /** Unknown until the server has told its time: what a page takes for its beginning must not be by a wrong clock. */
    clockOffMs: null as number | null,
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
      const [view, first, newest, shelved] = await Promise.all([
        getRegistry(),
        backlog.load(),
        getAlerts({ limit: 200 }),
        getShelves(),
      ])
      if (mine !== loading) return
      setRegistry(view)
      const before = loaded.value ? new Set(alerts.newestFirst.value.map((alert) => alert.id)) : null
      shelves.load(shelved)
      alerts.finishLoad([...newest.items, ...first])
      cases.load([...newest.items, ...first])
      cases.newestAct ??= acted.number
      loaded.value = true
      // Raised while the page was away for too long.
      if (before) for (const alert of newest.items) if (!before.has(alert.id)) told(alert, undefined)
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

  /** Older alerts, which the stream has not spoken of. */
  function addEarlier(earlier: Alert[]): void {
    alerts.addEarlier(earlier)
    cases.load(earlier)
  }

  /** Told of each alert that comes or changes while the page is at it, with how it was known before. */
  const listeners = new Set<(alert: Alert, before: Alert | undefined) => void>()
  function told(alert: Alert, before: Alert | undefined): void {
    for (const listener of listeners) listener(alert, before)
  }
  function onAlert(listener: (alert: Alert, before: Alert | undefined) => void): void {
    listeners.add(listener)
  }

  /** The registry and the cases may have changed while the page was cut off. */
  async function refresh(): Promise<void> {
    try {
      const [view, acted, shelved] = await Promise.all([getRegistry(), getCaseChanges(cases.newestAct), getShelves()])
      shelves.load(shelved)
      if (view?.version !== registry.value?.version) {
        setRegistry(view)
        if (view) say('notice_version', { n: view.version, name: view.author, note: view.note.slice(0, NOTE_SHOWN) })
      }
      for (const one of acted.items) cases.change(one)
      cases.newestAct = acted.number
    } catch {
      // The stream goes on; the next cut or reload tries again.
    }
  }

  function receive(message: Message): void {
    link.lastNumber = stream.lastNumber
    switch (message.type) {
      case 'alert': {
        const before = alerts.get(message.alert.id)
        alerts.change(message.alert)
        backlog.changed()
        if (loaded.value) told(message.alert, before)
        // It may name what only the version that judged it knows.
        if (message.alert.ruleset_version > (registry.value?.version ?? 0)) void noteVersion(message.alert.ruleset_version)
        break
      }
      case 'shelf':
        shelves.change(message.shelf)
        break
      case 'positions':
        fleet.apply(message)
        moved.value += 1
        break
      case 'counts':
        districts.value = message.districts
        break
      case 'lost':
        lost.value = new Set(message.devices)
        break
      case 'case':
        cases.change(message.case)
        backlog.changed()
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

  /** Another version is in force: names and zones are to be right without a reload. */
  let isRefreshing = false
  async function noteVersion(version: number | null): Promise<void> {
    if (isRefreshing || !loaded.value || version === null || version === registry.value?.version) return
    isRefreshing = true
    await refresh()
    isRefreshing = false
  }

  function heartbeat(message: Extract<Message, { type: 'heartbeat' }>): void {
    setClock(Date.parse(message.server_time))
    link.newestDataMs = message.newest_data_time === null ? null : Date.parse(message.newest_data_time)
    link.databaseAvailable = message.database_available
    void noteVersion(message.registry_version)
  }

  /** The page goes by the server's clock: a wrong clock at the desk must not make data look old. */
  function setClock(serverMs: number): void {
    link.clockOffMs = serverMs - Date.now()
    tellTime()
  }

  function tellTime(): void {
    nowMs.value = Date.now() + (link.clockOffMs ?? 0)
    shelves.tell(nowMs.value)
  }

  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const stream = new LiveStream(`${scheme}://${location.host}/api/live`, {
    opened(resumed, serverMs) {
      setClock(serverMs)
      link.connected = true
      link.attempt = 0
      fleet.reconnect()
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
    districts.value = []
    alerts.finishLoad([])
    cases.clear()
    shelves.clear()
    backlog.clear()
  }

  /** What the map shows, and the vehicles that some part of the page wants to know of wherever they are. */
  let box: View['bbox'] = null
  const picked = new Map<string, readonly string[]>()
  function look(): void {
    stream.look({ bbox: box, devices: [...new Set([...picked.values()].flat())] })
  }
  function showBox(next: View['bbox']): void {
    box = next
    look()
  }
  function pick(who: string, deviceIds: readonly string[]): void {
    picked.set(who, deviceIds)
    look()
  }

  const clockIsOff = computed(() => Math.abs(link.clockOffMs ?? 0) > CLOCK_OFF_MS)
  return {
    registry, fleet, alerts, cases, loaded, notice, shelves, backlog, nowMs, minuteMs, counts, districts, lost, moved, link, feed, isStale,
    clockIsOff, refresh, addEarlier, onAlert, showBox, pick, start, stop,
  }
}

function sum(districts: DistrictCount[], name: 'reporting' | 'moving'): number {
  return districts.reduce((total, one) => total + one[name], 0)
}

export const world = newWorld()
