/** Terminals of the gateways: who waits, who may speak as which device, what they are asked. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Terminal = Schemas['TerminalItem']
export type TerminalPage = Schemas['TerminalPage']
export type TerminalDetail = Schemas['TerminalDetail']
export type TerminalState = Terminal['state']
export type TerminalModel = Schemas['ModelItem']
export type RefusedFrame = Schemas['RefusedFrame']
export type Decision = Pick<Schemas['Decision'], 'state'> & Partial<Schemas['Decision']>
export type NewCommand = Pick<Schemas['NewCommand'], 'kind'> & Partial<Schemas['NewCommand']>

type Named = Pick<Terminal, 'protocol' | 'terminal_id'>

function at({ protocol, terminal_id }: Named, more = ''): string {
  return `/api/terminals/${protocol}/${encodeURIComponent(terminal_id)}${more}`
}

export function getTerminals(state: TerminalState, cursor: string | null): Promise<TerminalPage> {
  return send('GET', `/api/terminals?${new URLSearchParams({ state, limit: '50', ...(cursor === null ? {} : { cursor }) })}`)
}
export function getTerminalModels(): Promise<TerminalModel[]> {
  return send('GET', '/api/terminals/models')
}
export function getTerminal(one: Named): Promise<TerminalDetail> {
  return send('GET', at(one))
}
export function getRefusedFrames(one: Named): Promise<RefusedFrame[]> {
  return send('GET', at(one, '/refused'))
}
export function decideTerminal(one: Named, decision: Decision): Promise<Terminal> {
  return send('PUT', at(one), decision)
}
export function forgetTerminal(one: Named): Promise<void> {
  return send('DELETE', at(one))
}
export function resetTerminalCode(one: Named): Promise<void> {
  return send('POST', at(one, '/code-reset'))
}
export function askTerminal(one: Named, command: NewCommand): Promise<unknown> {
  return send('POST', at(one, '/commands'), command)
}
