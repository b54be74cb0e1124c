/** Notices of the desktop: only for what is critical, while the page is hidden, and only where the browser has them. */
import { ref } from 'vue'

import { ruleWord } from '../alerts/sentence'
import { subjectOf } from '../alerts/subject'
import type { Alert } from '../api/client'
import { world } from '../live/world'
import { selectAlert } from '../selection'
import { t } from '../words'

export type DesktopState = 'granted' | 'denied' | 'default' | 'insecure' | 'missing'

function look(): DesktopState {
  // On plain http the browser neither asks nor says why: the page does.
  if (!isSecureContext) return 'insecure'
  return 'Notification' in globalThis ? Notification.permission : 'missing'
}

export const desktop = ref<DesktopState>(look())

export async function askForDesktop(): Promise<void> {
  if (desktop.value === 'default') await Notification.requestPermission().catch(() => {})
  desktop.value = look()
}

export function notifyDesktop(alert: Alert): void {
  if (!document.hidden || desktop.value !== 'granted') return
  const subject = subjectOf(world.registry.value, alert)
  // Named by the alert, so that it is said once.
  const notice = new Notification(`${t(alert.severity)} · ${ruleWord(alert)}`, { body: subject.plate || subject.name, tag: alert.id })
  notice.onclick = () => {
    focus()
    selectAlert(alert.id)
    notice.close()
  }
}
