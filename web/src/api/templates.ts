/** The templates that bulletins are made with as Word files. */
import { send } from './client'
import type { components } from './schema'

export type BulletinTemplate = components['schemas']['BulletinTemplate']
export type TemplateLanguage = BulletinTemplate['language']

export const templateAddress = (language: TemplateLanguage): string => `/api/bulletin-template/${language}`

export function getTemplates(): Promise<BulletinTemplate[]> {
  return send('GET', '/api/bulletin-templates')
}

export function putTemplate(language: TemplateLanguage, name: string, content: Blob): Promise<BulletinTemplate> {
  return send('PUT', `${templateAddress(language)}?name=${encodeURIComponent(name.slice(0, 200))}`, content)
}

export function dropTemplate(language: TemplateLanguage): Promise<BulletinTemplate> {
  return send('DELETE', templateAddress(language))
}
