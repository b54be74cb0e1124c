/** The dust chart: steps at each window's exact span, limit, background, readings; below, flags and trucks on site. */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts'
import { CustomChart, type CustomSeriesOption, ScatterChart } from 'echarts/charts'
import { AxisPointerComponent, DataZoomComponent, GridComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

import type { StationReadings, StationWindows } from '../api/stations'
import type { Tokens } from '../theme'
import { t, term } from '../words'
import { number } from '../words/format'
import { day, wallMs } from './clock'
import { hasValue, type Limit, lookOf, spanText, termsOf, unitOf, verdictWord, type Window } from './windows'

echarts.use([CustomChart, ScatterChart, GridComponent, TooltipComponent, DataZoomComponent, AxisPointerComponent, CanvasRenderer])

export type Chart = echarts.ECharts
export const initChart = (element: HTMLElement): Chart => echarts.init(element, null, { renderer: 'canvas' })

export interface Drawn {
  told: StationWindows
  limits: Limit[]
  readings: StationReadings | null
  tokens: Tokens
}

interface Lane {
  label: string
  spans: { from: number; to: number; text: string; strong: boolean }[]
}

const LANE_PX = 22
const MOST_LANES = 8
const TOP_PX = 30

/** The height that the lanes below need (px). */
export function lanesHeight(drawn: Drawn): number {
  return lanesOf(drawn).length * LANE_PX + 54
}

const at = (text: string) => wallMs(Date.parse(text))

function lanesOf({ told, limits, readings }: Drawn): Lane[] {
  const lanes: Lane[] = []
  const quantity = limits[0] ? termsOf(limits[0]).quantity : ''
  const flags = (readings?.flags ?? []).filter((flag) => flag.quantity === quantity)
  lanes.push({
    label: t('lane_flags'),
    spans: flags.map((flag) => ({ from: at(flag.from), to: at(flag.to), text: flag.flag, strong: true })),
  })
  const byPlate = new Map<string, Lane>()
  for (const visit of told.vehicles) {
    const label = visit.plate ?? visit.vehicle_id
    const lane = byPlate.get(label) ?? { label, spans: [] }
    byPlate.set(label, lane)
    lane.spans.push({
      from: at(visit.entered_at), to: visit.left_at === null ? at(told.at) : at(visit.left_at), text: '', strong: false,
    })
  }
  lanes.push(...[...byPlate.values()].slice(0, MOST_LANES))
  return lanes
}

/** How many trucks there is no lane for. */
export function lanesLeftOut(told: StationWindows): number {
  return Math.max(0, new Set(told.vehicles.map((visit) => visit.vehicle_id)).size - MOST_LANES)
}

export function draw(chart: Chart, drawn: Drawn): void {
  chart.setOption(optionOf(drawn), { notMerge: true })
}

function optionOf(drawn: Drawn): echarts.EChartsCoreOption {
  const { told, limits, tokens } = drawn
  const terms = limits[0] ? termsOf(limits[0]) : null
  const windows = limits.flatMap((limit) => limit.windows.map((window) => ({ window, terms: termsOf(limit) })))
  const lanes = lanesOf(drawn)
  const bottom = lanes.length * LANE_PX + 42
  const top = Math.max(
    ...limits.map((limit) => termsOf(limit).limit * 1.25),
    ...windows.map(({ window, terms: own }) => (hasValue(lookOf(window, own)) ? (window.value ?? 0) * 1.08 : 0)),
  )
  const [min, max] = [at(told.from), at(told.to)]
  const axis = { axisLine: { lineStyle: { color: tokens.border } }, axisTick: { show: false } }
  const time = { type: 'time', min, max, ...axis, splitLine: { show: false } }
  const label = (value: number) => {
    const text = new Date(value).toISOString()
    return text.slice(11, 16) === '00:00' ? text.slice(5, 10) : text.slice(11, 16)
  }
  return {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: [
      { left: 92, right: 96, top: TOP_PX, bottom: bottom + 26 },
      { left: 92, right: 96, height: lanes.length * LANE_PX, bottom: 42 },
    ],
    xAxis: [
      { ...time, gridIndex: 0, axisLabel: { color: tokens.muted, formatter: label, hideOverlap: true } },
      { ...time, gridIndex: 1, axisLabel: { show: false } },
    ],
    yAxis: [
      {
        type: 'value', min: 0, max: Math.ceil(top / 10) * 10, gridIndex: 0, ...axis,
        name: terms ? `${term(terms.quantity)} ${unitOf(terms.quantity)}` : '', nameLocation: 'end',
        nameTextStyle: { color: tokens.muted, align: 'left', padding: [0, 0, 0, -40] },
        axisLabel: { color: tokens.muted, showMaxLabel: false }, splitLine: { lineStyle: { color: tokens.border, opacity: 0.6 } },
      },
      {
        type: 'category', data: lanes.map((lane) => lane.label), inverse: true, gridIndex: 1, ...axis,
        axisLabel: { color: tokens.muted, fontSize: 11 }, splitLine: { show: true, lineStyle: { color: tokens.border } },
      },
    ],
    dataZoom: [
      { type: 'inside', xAxisIndex: [0, 1], filterMode: 'none' },
      {
        type: 'slider', xAxisIndex: [0, 1], height: 18, bottom: 8, left: 92, right: 96, filterMode: 'none', showDetail: false,
        borderColor: tokens.border, fillerColor: tokens.selected, handleStyle: { color: tokens.panel, borderColor: tokens.muted },
        dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, brushSelect: false,
      },
    ],
    tooltip: {
      trigger: 'item', confine: true, backgroundColor: tokens.panel, borderColor: tokens.border,
      textStyle: { color: tokens.text, fontSize: 13 },
    },
    series: [
      alertSpans(drawn),
      windowSeries(windows, tokens),
      lineSeries('background', t('background'), windows.map(({ window, terms: own }) => [
        at(window.start), at(window.end), window.background === null ? null : Math.min(window.background, own.background_cap ?? Infinity),
      ]), tokens.source_site, 1.2),
      limitSeries(limits, tokens),
      readingSeries(drawn),
      laneSeries(lanes, tokens),
    ],
  }
}

/** Alerts as shaded spans behind everything. */
function alertSpans({ told, tokens, limits }: Drawn): CustomSeriesOption {
  const ids = new Set(limits.map((limit) => termsOf(limit).id))
  const own = told.alerts.filter((alert) => {
    const about = alert.evidence['limit_id']
    return typeof about !== 'string' || ids.has(about)
  })
  return {
    type: 'custom', name: t('alerts'), silent: true, z: 0, clip: true,
    data: own.map((alert) => [at(alert.started_at), alert.ended_at === null ? at(told.at) : at(alert.ended_at)]),
    encode: { x: [0, 1] },
    renderItem: (params, api) => {
      const { x, y, width, height } = frame(params)
      const [left, right] = clipped(api, api.value(0) as number, api.value(1) as number, x, width)
      if (right <= left) return null
      return {
        type: 'rect', shape: { x: left, y, width: right - left, height }, style: { fill: tokens.major, opacity: 0.12 },
      }
    },
  }
}

function windowSeries(windows: { window: Window; terms: ReturnType<typeof termsOf> }[], tokens: Tokens): CustomSeriesOption {
  const shown = windows.filter(({ window, terms }) => lookOf(window, terms) !== 'empty')
  return {
    type: 'custom', name: t('value'), z: 2, clip: true,
    data: shown.map(({ window }) => [at(window.start), at(window.end), window.value ?? 0]),
    encode: { x: [0, 1], y: 2 },
    tooltip: {
      formatter: (params: unknown) => {
        const index = (params as { dataIndex: number }).dataIndex
        const one = shown[index]
        return one ? tip(one.window, one.terms) : ''
      },
    },
    renderItem: (params, api) => {
      const one = shown[params.dataIndex]
      if (!one) return null
      const area = frame(params)
      const [left, right] = clipped(api, api.value(0) as number, api.value(1) as number, area.x, area.width)
      if (right <= left) return null
      const look = lookOf(one.window, one.terms)
      const base = api.coord([api.value(0) as number, 0])[1] ?? 0
      if (!hasValue(look)) return hatched(left, area.y, right - left, base - area.y, one.window, tokens)
      const y = Math.max(area.y, api.coord([api.value(0) as number, one.window.value ?? 0])[1] ?? 0)
      const gap = right - left > 5 ? 1 : 0
      const shape = { x: left, y, width: Math.max(1, right - left - gap), height: Math.max(1, base - y) }
      const hollow = look === 'open' || look === 'provisional' || look === 'off'
      const fill = look === 'over' ? tokens.major : look === 'between' ? tokens.vehicle : tokens.vehicle_old
      const strong = look === 'over'
      const rect = {
        type: 'rect' as const, shape,
        style: hollow
          ? { fill: 'rgba(0,0,0,0)', stroke: tokens.muted, lineWidth: 1.2, lineDash: look === 'off' ? [2, 3] : [5, 3] }
          : { fill, stroke: strong ? tokens.outline : fill, lineWidth: strong ? 1 : 0, opacity: strong ? 1 : 0.75 },
      }
      if (!one.window.lower_bound) return rect
      const middle = shape.x + shape.width / 2
      const mark = { type: 'text' as const, style: { text: '▲', x: middle, y: y - 4, align: 'center' as const, verticalAlign: 'bottom' as const, fill: tokens.text, fontSize: 11 } }
      return { type: 'group', children: [rect, mark] }
    },
  }
}

/** A window below its coverage: no value, only how much of it there is. */
function hatched(x: number, y: number, width: number, height: number, window: Window, tokens: Tokens) {
  const lines = []
  for (let from = -height; from < width; from += 8) {
    lines.push({
      type: 'line' as const, shape: { x1: x + from, y1: y + height, x2: x + from + height, y2: y },
      style: { stroke: tokens.muted, lineWidth: 0.7, opacity: 0.45 },
    })
  }
  const slot = { type: 'rect' as const, shape: { x, y, width, height }, style: { fill: tokens.page, opacity: 0.6 } }
  const text = {
    type: 'text' as const,
    style: {
      text: `${number(window.coverage * 100)}%`, x: x + width / 2, y: y + height / 2, align: 'center' as const,
      verticalAlign: 'middle' as const, fill: tokens.text, fontSize: 11, backgroundColor: tokens.panel, padding: [2, 3],
    },
  }
  return {
    type: 'group' as const,
    children: [
      { type: 'group' as const, children: [slot, ...lines], clipPath: { type: 'rect' as const, shape: { x, y, width, height } } },
      ...(width >= 26 ? [text] : []),
    ],
  }
}

function lineSeries(id: string, name: string, data: (number | null)[][], color: string, lineWidth: number): CustomSeriesOption {
  return {
    type: 'custom', id, name, silent: true, z: 3, clip: true, data: data.filter((one) => one[2] !== null) as number[][],
    encode: { x: [0, 1], y: 2 },
    renderItem: (params, api) => {
      const { x, width } = frame(params)
      const [x1, x2] = clipped(api, api.value(0) as number, api.value(1) as number, x, width)
      const y = api.coord([api.value(0) as number, api.value(2) as number])[1] ?? 0
      return x2 <= x1 ? null : { type: 'line', shape: { x1, x2, y1: y, y2: y }, style: { stroke: color, lineWidth } }
    },
  }
}

/** Each stretch of the same terms is one step; what is to be cleared is a thinner line; the text stands at the right. */
function limitSeries(limits: Limit[], tokens: Tokens): CustomSeriesOption {
  const steps = limits.flatMap((limit) => {
    const [first, last] = [limit.windows[0], limit.windows.at(-1)]
    if (!first || !last) return []
    const terms = termsOf(limit)
    const span = [at(first.start), at(last.end)]
    return [
      { span, value: terms.limit, text: t('limit_at', { value: number(terms.limit) }), thin: false },
      ...(terms.clear_below === undefined ? [] : [{ span, value: terms.clear_below, text: t('clear_at', { value: number(terms.clear_below) }), thin: true }]),
    ]
  })
  return {
    type: 'custom', name: t('limit'), silent: true, z: 4,
    data: steps.map((step) => [step.span[0]!, step.span[1]!, step.value]),
    encode: { x: [0, 1], y: 2 },
    renderItem: (params, api) => {
      const step = steps[params.dataIndex]
      const area = frame(params)
      if (!step) return null
      const [x1, x2] = clipped(api, step.span[0]!, step.span[1]!, area.x, area.width)
      const y = api.coord([step.span[0]!, step.value])[1] ?? 0
      if (x2 <= x1) return null
      return {
        type: 'group',
        children: [
          { type: 'line', shape: { x1, x2, y1: y, y2: y }, style: { stroke: tokens.critical, lineWidth: step.thin ? 1 : 1.8, lineDash: step.thin ? [3, 3] : [8, 4] } },
          { type: 'text', style: { text: step.text, x: area.x + area.width + 8, y, align: 'left', verticalAlign: 'middle', fill: tokens.text, fontSize: 12, fontWeight: step.thin ? 'normal' : 'bold' } },
        ],
      }
    },
  }
}

/** Raw readings: faint points, and only where the span is short enough to tell them apart. */
function readingSeries({ told, limits, readings, tokens }: Drawn) {
  const quantity = limits[0] ? termsOf(limits[0]).quantity : ''
  const isShort = Date.parse(told.to) - Date.parse(told.from) <= 6 * 3_600_000
  const points = isShort ? (readings?.items ?? []) : []
  return {
    type: 'scatter', name: t('readings'), silent: true, z: 5, symbolSize: 3,
    itemStyle: { color: tokens.primary, opacity: 0.5 },
    data: points.filter((one) => one.values[quantity] !== undefined).map((one) => [at(one.time), one.values[quantity]]),
  }
}

function laneSeries(lanes: Lane[], tokens: Tokens): CustomSeriesOption {
  const spans = lanes.flatMap((lane, index) => lane.spans.map((span) => ({ ...span, index, lane })))
  return {
    type: 'custom', name: t('lane_vehicles'), xAxisIndex: 1, yAxisIndex: 1, z: 2, clip: true,
    data: spans.map((span) => [span.from, span.to, span.index]),
    encode: { x: [0, 1], y: 2 },
    tooltip: {
      formatter: (params: unknown) => {
        const span = spans[(params as { dataIndex: number }).dataIndex]
        if (!span) return ''
        const what = span.strong ? `${span.text} ${term(`flag_${span.text}`)}` : span.lane.label
        return `${escape(what)}<br>${clock(span.from)}–${clock(span.to)}`
      },
    },
    renderItem: (params, api) => {
      const span = spans[params.dataIndex]
      const area = frame(params)
      if (!span) return null
      const [x1, x2] = clipped(api, span.from, span.to, area.x, area.width)
      const y = api.coord([span.from, span.index])[1] ?? 0
      if (x2 < x1) return null
      const shape = { x: x1, y: y - 6, width: Math.max(2, x2 - x1), height: 12, r: 2 }
      const rect = { type: 'rect' as const, shape, style: { fill: span.strong ? tokens.minor : tokens.vehicle, stroke: tokens.outline, lineWidth: span.strong ? 1 : 0 } }
      if (span.text === '' || x2 - x1 < 10) return rect
      const text = { type: 'text' as const, silent: true, style: { text: span.text, x: (x1 + x2) / 2, y, align: 'center' as const, verticalAlign: 'middle' as const, fill: tokens.on_minor, fontSize: 11 } }
      return { type: 'group', children: [rect, text] }
    },
  }
}

function tip(window: Window, terms: ReturnType<typeof termsOf>): string {
  const unit = unitOf(terms.quantity)
  const value = (v: number | null) => (v === null ? '—' : `${number(v, 1)} ${unit}`)
  const rows = [`<b>${day(Date.parse(window.start))} ${spanText(window)}</b>`, escape(verdictWord(window, terms))]
  if (hasValue(lookOf(window, terms))) {
    rows.push(`${t('value')} ${window.lower_bound ? '≥ ' : ''}${value(window.value)} · ${t('limit')} ${value(terms.limit)}`)
    if (terms.minus_background) rows.push(`${t('mean')} ${value(window.mean)} − ${t('background')} ${value(window.background)}`)
  }
  rows.push(`${t('coverage')} ${number(window.coverage * 100)}%`)
  return rows.join('<br>')
}

const clock = (shifted: number) => new Date(shifted).toISOString().slice(11, 16)
const escape = (text: string) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)

interface Area {
  x: number
  y: number
  width: number
  height: number
}
const frame = (params: CustomSeriesRenderItemParams): Area => params.coordSys as unknown as Area

/** Where a span begins and ends (px), within the plot. */
function clipped(api: CustomSeriesRenderItemAPI, from: number, to: number, x: number, width: number): [number, number] {
  const [left, right] = [api.coord([from, 0])[0] ?? 0, api.coord([to, 0])[0] ?? 0]
  return [Math.max(x, left), Math.min(x + width, right)]
}

