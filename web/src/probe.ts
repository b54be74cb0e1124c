/** A read-only look at the page's state for tests and for support: `__hw()` in the console. */
import { watch } from 'vue'

import { mapProbe } from './map/probe'
import { measures, noteShown, perf } from './parts/perf'
import { selectedAlertId } from './selection'
import { world } from './live/world'

export function exposeState(): void {
  if (measures) watchShown()
  Object.defineProperty(window, '__hw', {
    value: () => ({
      lastNumber: world.link.lastNumber,
      feed: world.feed.value,
      stale: world.isStale.value,
      loaded: world.loaded.value,
      selected: selectedAlertId.value,
      counts: { ...world.counts.value },
      ongoing: world.alerts.ongoing.value.map((alert) => alert.id),
      alerts: world.alerts.newestFirst.value.map((alert) => alert.id),
      tracks: Object.fromEntries([...world.fleet.tracks].map(([id, track]) => [id, [track.lon, track.lat]])),
      map: mapProbe.look(),
      perf: measures ? perf : null,
    }),
  })
}

/** Once the page stands with an alert of the stream, its next frame shows it. */
function watchShown(): void {
  const seen = new Set<string>()
  watch(world.alerts.newestFirst, (alerts, before) => {
    for (const alert of alerts) {
      if (seen.has(alert.id)) continue
      seen.add(alert.id)
      if (before.length > 0 || world.loaded.value) noteShown(Date.parse(alert.detected_at))
    }
  }, { flush: 'post' })
}
