/** What the page costs, by `?perf=1`: script per frame, long tasks, how long an update of the map takes. */
export const measures = new URLSearchParams(location.search).get('perf') === '1'

const KEPT = 6000

export const perf = {
  /** Script of each frame's callbacks, ms. */
  frames: [] as { at: number; ms: number }[],
  /** Updates of the vehicles' source, from the call to the promise, ms. */
  updates: [] as number[],
  /** Tasks over 50 ms, ms. */
  longTasks: [] as number[],
  /** Characters of the stream's messages. */
  received: 0,
  /** From the detection of an alert to the frame that shows it, ms by this machine's clock. */
  shown: [] as number[],
}

/** An alert has come and will be drawn with the page's next frame. */
export function noteShown(detectedMs: number): void {
  requestAnimationFrame(() => keep(perf.shown, Date.now() - detectedMs))
}

export function noteUpdate(ms: number): void {
  if (measures) keep(perf.updates, ms)
}

/** Begin to measure, before anything asks for its first frame. */
export function beginMeasuring(): void {
  if (!measures) return
  const ask = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (callback) =>
    ask((at) => {
      const began = performance.now()
      callback(at)
      const ms = performance.now() - began
      const last = perf.frames.at(-1)
      // The callbacks of one frame are given one time.
      if (last?.at === at) last.ms += ms
      else keep(perf.frames, { at, ms })
    })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) keep(perf.longTasks, entry.duration)
  }).observe({ type: 'longtask', buffered: true })
}

function keep<T>(list: T[], one: T): void {
  list.push(one)
  if (list.length > KEPT) list.shift()
}
