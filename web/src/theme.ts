/** Colours of the page, once, for the style sheet and for the map. Colour is for what is abnormal. */
import { computed, ref } from 'vue'

import { readSetting, writeSetting } from './settings'

const light = {
  panel: '#FFFFFF',
  page: '#F3F5F8',
  ground: '#E9EDF2',
  land: '#F6F8FA',
  road: '#D3DAE3',
  border: '#D5DCE5',
  control: '#7C8899',
  text: '#1A2230',
  muted: '#4B5768',
  primary: '#0B57D0',
  on_primary: '#FFFFFF',
  hover: '#EDF2FA',
  selected: '#DFE9FB',
  outline: '#1A2230',
  vehicle: '#3B4A5E',
  vehicle_old: '#788394',
  halo: '#FFFFFF',
  route: '#0B57D0',
  route_line: '#A3C0EE',
  speed_zone: '#7A4B00',
  thin_zone: '#4B5768',
  critical: '#A8071A',
  on_critical: '#FFFFFF',
  major: '#F08C00',
  on_major: '#111111',
  minor: '#FFE066',
  on_minor: '#111111',
  info: '#2F6FDE',
  on_info: '#FFFFFF',
  source_site: '#5B4A9E',
  disposal_site: '#1F6F4A',
  transfer_station: '#0F6C8A',
  no_go: '#9D174D',
  warn_band: '#FFE7BF',
  on_warn_band: '#4A2E00',
  fine: '#1F6F4A',
}

export type Tokens = Record<keyof typeof light, string>

const dark: Tokens = {
  panel: '#171C24',
  page: '#10141A',
  ground: '#1B222C',
  land: '#1F2732',
  road: '#36414F',
  border: '#2E3845',
  control: '#6B7889',
  text: '#E6EBF2',
  muted: '#A7B2C1',
  primary: '#8AB4FF',
  on_primary: '#10141A',
  hover: '#1E2631',
  selected: '#243247',
  outline: '#E6EBF2',
  vehicle: '#B8C4D4',
  vehicle_old: '#737F90',
  halo: '#0B0E13',
  route: '#8AB4FF',
  route_line: '#3D5886',
  speed_zone: '#E0B070',
  thin_zone: '#A7B2C1',
  critical: '#F0384B',
  on_critical: '#111111',
  major: '#FFA23A',
  on_major: '#111111',
  minor: '#FFF0A3',
  on_minor: '#111111',
  info: '#6AA9FF',
  on_info: '#111111',
  source_site: '#B9A7F5',
  disposal_site: '#6FD3A0',
  transfer_station: '#5CC8E6',
  no_go: '#F58AB8',
  warn_band: '#4A3208',
  on_warn_band: '#FFDFA6',
  fine: '#6FD3A0',
}

export type ThemeChoice = 'auto' | 'light' | 'dark'

const CHOICES: readonly ThemeChoice[] = ['auto', 'light', 'dark']
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(systemDark.matches)
systemDark.addEventListener('change', (event) => (systemIsDark.value = event.matches))
/** Paper is light, whatever the screen is. */
export const onPaper = ref(false)
addEventListener('beforeprint', () => (onPaper.value = true))
addEventListener('afterprint', () => (onPaper.value = false))

export const themeChoice = ref<ThemeChoice>(CHOICES.find((c) => c === readSetting('theme')) ?? 'auto')
export const isDark = computed(
  () => !onPaper.value && (themeChoice.value === 'auto' ? systemIsDark.value : themeChoice.value === 'dark'),
)
export const tokens = computed<Tokens>(() => (isDark.value ? dark : light))

export function nextTheme(): void {
  const next = CHOICES[(CHOICES.indexOf(themeChoice.value) + 1) % CHOICES.length] ?? 'auto'
  themeChoice.value = next
  writeSetting('theme', next)
}

/** Put the colours where the style sheet finds them. */
export function applyTheme(root: HTMLElement): void {
  root.dataset['theme'] = isDark.value ? 'dark' : 'light'
  root.style.colorScheme = isDark.value ? 'dark' : 'light'
  for (const [name, value] of Object.entries(tokens.value)) {
    root.style.setProperty(`--${name.replaceAll('_', '-')}`, value)
  }
}
