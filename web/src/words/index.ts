/** The page's language: chosen by the address, then by an earlier choice, then by the browser. */
import { computed, ref } from 'vue'

import { readSetting, writeSetting } from '../settings'
import { words, type Language, type Word } from './words'

export type { Language, Word }

function browserLanguage(): Language {
  const first = navigator.languages?.[0] ?? navigator.language
  return first.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

function chosen(): Language {
  const given = readSetting('lang')
  return given === 'zh' || given === 'en' ? given : browserLanguage()
}

export const language = ref<Language>(chosen())
export const locale = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en-GB'))

export function setLanguage(next: Language): void {
  language.value = next
  writeSetting('lang', next)
}

/** A text in the page's language, with its named parameters filled in. */
export function t(word: Word, params: Record<string, string | number> = {}): string {
  const text: string = words[word][language.value]
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

/** The word for a value of the API, or the value itself where the page does not know it yet. */
export function term(value: string, prefix = ''): string {
  const key = `${prefix}${value}`
  return key in words ? t(key as Word) : value
}
