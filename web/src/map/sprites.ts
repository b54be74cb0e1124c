/** The marks of the map, drawn on a canvas for the colours in force: no picture is loaded from anywhere. */
import type { Map as MapLibre } from 'maplibre-gl'

import type { Severity } from '../api/client'
import type { Tokens } from '../theme'

const RATIO = 2

type Draw = (pen: CanvasRenderingContext2D, size: number) => void

function picture(size: number, draw: Draw): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * RATIO
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no 2D canvas')
  pen.scale(RATIO, RATIO)
  draw(pen, size)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

const LOADS = ['loaded', 'empty', 'unknown'] as const
const AGES = ['live', 'old'] as const
export type LoadMark = (typeof LOADS)[number]
export type AgeMark = (typeof AGES)[number]

export function vehicleSprite(moving: boolean, load: LoadMark, age: AgeMark): string {
  return `vehicle-${moving ? 'arrow' : 'square'}-${load}-${age}`
}

function arrow(pen: CanvasRenderingContext2D): void {
  pen.beginPath()
  pen.moveTo(12, 2.5)
  pen.lineTo(20, 21)
  pen.lineTo(12, 17)
  pen.lineTo(4, 21)
  pen.closePath()
}

function square(pen: CanvasRenderingContext2D): void {
  pen.beginPath()
  pen.roundRect(5.5, 5.5, 13, 13, 4)
}

/** Filled is loaded, hollow is empty, half filled is unknown. */
function vehicle(shape: (pen: CanvasRenderingContext2D) => void, load: LoadMark, color: string, halo: string): Draw {
  return (pen, size) => {
    pen.lineJoin = 'round'
    shape(pen)
    pen.strokeStyle = halo
    pen.lineWidth = 4.5
    pen.stroke()
    pen.fillStyle = halo
    pen.fill()
    pen.save()
    pen.clip()
    pen.fillStyle = color
    if (load === 'loaded') pen.fillRect(0, 0, size, size)
    if (load === 'unknown') pen.fillRect(0, size / 2, size, size / 2)
    pen.restore()
    shape(pen)
    pen.strokeStyle = color
    pen.lineWidth = 2
    pen.stroke()
  }
}

export const GLYPHS: Record<Severity, string> = { critical: '!!', major: '!', minor: '·', info: 'i' }

/** The outline of a severity's shape, in a box of 24: octagon, triangle, diamond, circle. */
export const SHAPES: Record<Severity, string> = {
  critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z',
  major: 'M12 2 23 21.5H1z',
  minor: 'M12 1.5 22.5 12 12 22.5 1.5 12z',
  info: 'M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z',
}

function badge(severity: Severity, colors: Tokens): Draw {
  return (pen) => {
    pen.translate(1, 1)
    const shape = new Path2D(SHAPES[severity])
    pen.fillStyle = colors[severity]
    pen.fill(shape)
    pen.lineWidth = 1.5
    pen.lineJoin = 'round'
    pen.strokeStyle = colors.outline
    pen.stroke(shape)
    pen.fillStyle = colors[`on_${severity}`]
    pen.font = `bold ${severity === 'minor' ? 20 : 13}px sans-serif`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(GLYPHS[severity], 12, severity === 'major' ? 14.5 : 12.5)
  }
}

function hatching(color: string): Draw {
  return (pen, size) => {
    pen.strokeStyle = color
    pen.lineWidth = 1.6
    pen.globalAlpha = 0.55
    for (let x = -size; x <= size; x += size / 2) {
      pen.beginPath()
      pen.moveTo(x - 1, size + 1)
      pen.lineTo(x + size + 1, -1)
      pen.stroke()
    }
  }
}

function dots(color: string): Draw {
  return (pen, size) => {
    pen.fillStyle = color
    pen.globalAlpha = 0.5
    for (const [x, y] of [[size / 4, size / 4], [(3 * size) / 4, (3 * size) / 4]] as const) {
      pen.beginPath()
      pen.arc(x, y, 1.2, 0, 7)
      pen.fill()
    }
  }
}

export const STATION_LOOKS = ['over', 'near', 'fine', 'no_verdict', 'silent'] as const
export type StationLook = (typeof STATION_LOOKS)[number]

/** A square: filled where it is over or near its limit, hatched without a verdict, "?" where it is silent. */
function stationMark(look: StationLook, colors: Tokens): Draw {
  const fill = { over: colors.major, near: colors.minor, fine: colors.panel, no_verdict: colors.panel, silent: colors.panel }[look]
  return (pen) => {
    pen.beginPath()
    pen.rect(4, 4, 24, 24)
    pen.fillStyle = fill
    pen.fill()
    if (look === 'no_verdict') {
      pen.save()
      pen.clip()
      hatching(colors.muted)(pen, 32)
      pen.restore()
    }
    pen.lineWidth = 1.8
    pen.setLineDash(look === 'silent' ? [4, 3] : [])
    pen.strokeStyle = look === 'over' || look === 'near' ? colors.outline : colors.muted
    pen.strokeRect(4, 4, 24, 24)
    pen.setLineDash([])
    if (look === 'silent') {
      pen.fillStyle = colors.muted
      pen.font = 'bold 16px sans-serif'
      pen.textAlign = 'center'
      pen.textBaseline = 'middle'
      pen.fillText('?', 16, 16.5)
    }
    if (look === 'over') {
      pen.translate(19, -2)
      pen.scale(0.6, 0.6)
      badge('major', { ...colors, major: colors.outline, on_major: colors.major })(pen, 26)
    }
  }
}

/** Draw every mark for a theme and give them to the map, replacing those of the theme before. */
export function addSprites(map: MapLibre, colors: Tokens): void {
  const put = (name: string, size: number, draw: Draw) => {
    const image = picture(size, draw)
    if (map.hasImage(name)) map.updateImage(name, image)
    else map.addImage(name, image, { pixelRatio: RATIO })
  }
  for (const load of LOADS) {
    for (const age of AGES) {
      const color = age === 'live' ? colors.vehicle : colors.vehicle_old
      put(vehicleSprite(true, load, age), 24, vehicle(arrow, load, color, colors.halo))
      put(vehicleSprite(false, load, age), 24, vehicle(square, load, color, colors.halo))
    }
  }
  for (const severity of Object.keys(SHAPES) as Severity[]) put(`badge-${severity}`, 26, badge(severity, colors))
  put('hatching', 12, hatching(colors.no_go))
  put('dots', 10, dots(colors.disposal_site))
  for (const look of STATION_LOOKS) put(`station-${look}`, 32, stationMark(look, colors))
}
