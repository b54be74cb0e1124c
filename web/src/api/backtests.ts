/** The kinds of rules, whom rules are for, and trying rules on history. */
import { type Severity, send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type RuleKindView = Schemas['RuleKindView']
export type RuleNumber = Schemas['RuleNumber']
export type RuleReach = Schemas['RuleReach']
export type Terms = Partial<Schemas['Terms']>
export type Backtest = Schemas['Backtest']
export type BacktestWithResult = Schemas['BacktestWithResult']
export type BacktestResult = Schemas['BacktestResult']
export type ComparedRow = Schemas['ComparedRow']
export type Sounding = Schemas['Sounding']
export type AlertDifference = Schemas['AlertDifference']
export type AlertDifferencePage = Schemas['AlertDifferencePage']
export type ChangeWord = AlertDifference['change']
export type Against = number | 'as-judged'

export async function getRuleKinds(): Promise<RuleKindView[]> {
  return (await send<Schemas['RuleKinds']>('GET', '/api/rules/kinds')).items
}

export async function getReach(rules: readonly { kind: string; applies_to: Terms }[]): Promise<RuleReach[]> {
  return (await send<Schemas['RuleReaches']>('POST', '/api/rules/reach', { rules })).items
}

export interface AskedBacktest {
  draft_id?: number
  version?: number
  against: Against
  from: string
  to: string
}

export function askBacktest(asked: AskedBacktest): Promise<Backtest> {
  return send<Backtest>('POST', '/api/backtests', asked)
}

export async function getBacktests(): Promise<Backtest[]> {
  return (await send<Schemas['BacktestPage']>('GET', '/api/backtests?limit=20')).items
}

export function getBacktest(id: number): Promise<BacktestWithResult> {
  return send<BacktestWithResult>('GET', `/api/backtests/${id}`)
}

export function cancelBacktest(id: number): Promise<void> {
  return send<void>('DELETE', `/api/backtests/${id}`)
}

export interface ChangeFilter {
  change: ChangeWord | null
  rule: string | null
  severity: Severity | null
}

export function getAlertDifference(id: number, filter: ChangeFilter, cursor: number | null): Promise<AlertDifferencePage> {
  const query = new URLSearchParams({ limit: '50' })
  for (const [name, value] of Object.entries({ ...filter, cursor })) if (value !== null) query.set(name, String(value))
  return send<AlertDifferencePage>('GET', `/api/backtests/${id}/difference?${query}`)
}
