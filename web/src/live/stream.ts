/**
 * The live stream: one WebSocket, resumed by the number of the last alert change.
 *
 * It decides when a connection is lost and when to try again; what the messages mean for the page is the
 * business of `world.ts`. The protocol is described in the API's documentation.
 */
import { perf } from '../parts/perf'
import type { Shelf } from '../api/alerts'
import type { CaseView } from '../api/cases'
import type { Alert } from '../api/client'

/** index, time_ms, lon, lat, speed_kmh, heading_deg, moving, ignition, load, lift, cover */
export type PositionRow = [
  number, number, number | null, number | null, number | null, number | null, boolean | null, boolean | null,
  'empty' | 'partial' | 'full' | null, boolean | null, 'closed' | 'open' | null,
]
export interface DistrictCount {
  district_id: string | null
  known: number
  reporting: number
  moving: number
}
/** What the page shows: everything in a box (west, south, east, north), and some vehicles wherever they are. */
export interface View {
  bbox: [number, number, number, number] | null
  devices: string[]
}

export type Message =
  | { type: 'hello'; number: number; server_time: string }
  | { type: 'alert'; number: number; at: string; alert: Alert }
  | { type: 'passed'; number: number }
  | { type: 'case'; number: number; case: CaseView }
  | { type: 'shelf'; shelf: Shelf }
  | { type: 'positions'; at: string; whole?: boolean; devices: [number, string][]; rows: PositionRow[]; gone: number[] }
  | { type: 'counts'; districts: DistrictCount[] }
  | { type: 'lost'; devices: string[] }
  | {
      type: 'heartbeat'
      server_time: string
      newest_data_time: string | null
      number: number | null
      registry_version: number | null
      database_available: boolean
    }
  | { type: 'reload'; oldest: number; newest: number }
  | { type: 'dropped'; reason: string }
  | { type: 'error'; error: { code: string; message: string } }

export interface StreamEvents {
  /** Connected, by the server's clock. `resumed` is false where everything must be loaded first. */
  opened(resumed: boolean, serverMs: number): void
  message(message: Message): void
  /** All that was missed during a cut has come; `missed` alert changes. */
  caughtUp(missed: number): void
  /** Not connected; `attempt` counts from 1. */
  lost(attempt: number): void
}

const QUIET_MS = 5000
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 15_000
const VIEW_PAUSE_MS = 150

export class LiveStream {
  /** The number of the newest alert change the page has; null before the first hello. */
  lastNumber: number | null = null

  private socket: WebSocket | null = null
  private view: View = { bbox: null, devices: [] }
  private viewTimer = 0
  private attempt = 0
  private quietTimer = 0
  private retryTimer = 0
  private missed: number | null = null
  private started = false
  private stopped = false

  constructor(
    private readonly url: string,
    private readonly events: StreamEvents,
  ) {}

  /** Begin, or begin anew for somebody else. */
  start(): void {
    this.stopped = false
    this.lastNumber = null
    if (this.started) return this.connect()
    this.started = true
    addEventListener('online', () => this.retryNow())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.retryNow()
    })
    this.connect()
  }

  /** End: nobody is signed in. */
  stop(): void {
    this.stopped = true
    clearTimeout(this.quietTimer)
    clearTimeout(this.retryTimer)
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  /** Say what is looked at from now on. */
  look(view: View): void {
    if (JSON.stringify(view) === JSON.stringify(this.view)) return
    this.view = view
    this.viewTimer ||= window.setTimeout(() => this.sayView(), VIEW_PAUSE_MS)
  }

  private sayView(): void {
    clearTimeout(this.viewTimer)
    this.viewTimer = 0
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: 'view', ...this.view }))
  }

  private connect(): void {
    clearTimeout(this.retryTimer)
    if (this.stopped) return
    const after = this.lastNumber === null ? '' : `?after=${this.lastNumber}`
    const socket = new WebSocket(this.url + after)
    this.socket = socket
    this.waitForSign()
    socket.onmessage = (event) => {
      perf.received += String(event.data).length
      if (socket === this.socket) this.receive(JSON.parse(String(event.data)) as Message)
    }
    socket.onclose = () => {
      if (socket === this.socket) this.lose()
    }
  }

  private receive(message: Message): void {
    this.waitForSign()
    switch (message.type) {
      case 'hello':
        this.hello(message)
        return
      case 'alert':
        this.alert(message)
        return
      case 'passed':
        this.lastNumber = Math.max(this.lastNumber ?? 0, message.number)
        return
      case 'heartbeat':
        if (this.hasMissed(message.number)) return this.lose()
        this.finishCatchingUp()
        break
      case 'reload':
        this.lastNumber = message.newest
        this.missed = null
        break
    }
    this.events.message(message)
  }

  private hello(message: Extract<Message, { type: 'hello' }>): void {
    const resumed = this.lastNumber !== null
    this.attempt = 0
    this.missed = resumed ? 0 : null
    this.lastNumber ??= message.number
    this.events.opened(resumed, Date.parse(message.server_time))
    this.sayView()
  }

  private alert(message: Extract<Message, { type: 'alert' }>): void {
    if (this.lastNumber !== null && message.number <= this.lastNumber) return
    this.lastNumber = message.number
    if (this.missed !== null) this.missed += 1
    this.events.message(message)
  }

  private hasMissed(number: number | null): boolean {
    return number !== null && this.lastNumber !== null && number > this.lastNumber
  }

  private finishCatchingUp(): void {
    if (this.missed === null) return
    this.events.caughtUp(this.missed)
    this.missed = null
  }

  /** Without a sign of life the connection counts as lost, whatever the socket believes. */
  private waitForSign(): void {
    clearTimeout(this.quietTimer)
    this.quietTimer = window.setTimeout(() => this.lose(), QUIET_MS)
  }

  private lose(): void {
    clearTimeout(this.quietTimer)
    const socket = this.socket
    this.socket = null
    socket?.close()
    this.attempt += 1
    this.events.lost(this.attempt)
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.attempt - 1))
    this.retryTimer = window.setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2))
  }

  private retryNow(): void {
    if (this.socket === null) this.connect()
  }
}
