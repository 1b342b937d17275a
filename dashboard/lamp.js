import { h, setAttribute, setText, svg } from './dom.js'

/**
 * The lamp of a desk, drawn as it blinks. How each pattern looks comes from the hub (`/api/lamp-patterns`: pattern → position → rhythm), the
 * same table from which the real lamps are driven, and the phase is the wall clock's: all lamps of a room blink together.
 */

const positions = ['left', 'middle', 'right']
const centres = { left: 27, middle: 72, right: 117 }
const colours = { amber: ['#fff3d6', '#ffb72e', '#e08600'], white: ['#ffffff', '#fdf8ea', '#d8d0bb'], blue: ['#e6f1ff', '#69a9ff', '#1f66d1'] }

/** Light of each colour, once for the whole page. */
export function lampDefinitions() {
  const stops = (name, list) =>
    svg(
      'radialGradient',
      { id: name, cx: '50%', cy: '42%' },
      ...list.map(([offset, colour, opacity]) => svg('stop', { offset, 'stop-color': colour, 'stop-opacity': opacity })),
    )
  const gradients = Object.entries(colours).flatMap(([name, [core, light, rim]]) => [
    stops(`lens-${name}`, [
      ['0%', core, 1],
      ['55%', light, 1],
      ['100%', rim, 1],
    ]),
    stops(`glow-${name}`, [
      ['0%', light, 0.85],
      ['45%', light, 0.38],
      ['100%', light, 0],
    ]),
  ])
  return svg('svg', { class: 'definitions', width: 0, height: 0, 'aria-hidden': 'true' }, svg('defs', {}, ...gradients))
}

/**
 * One lamp: a drawing and its words. `show` takes a pattern, `draw` lights it for an instant; `steady` draws it without motion. `lights` are the levels
 * of a lamp that is really driven, where the hub tells them: they are drawn as they are.
 */
export function createLamp(words, format, table) {
  const lenses = Object.fromEntries(positions.map((position) => [position, createLens(centres[position])]))
  const housing = svg('rect', { class: 'housing', x: 1, y: 1, width: 142, height: 50, rx: 14 })
  const picture = svg(
    'svg',
    { class: 'lamp-picture', viewBox: '0 0 144 52', 'aria-hidden': 'true' },
    housing,
    ...positions.map((position) => lenses[position].element),
  )
  const [name, rhythm] = [h('span', { class: 'lamp-name' }), h('span', { class: 'lamp-rhythm' })]
  const driven = h('span', { class: 'lamp-driven', hidden: true }, words.desk.driven)
  const element = h('div', { class: 'lamp' }, picture, h('p', {}, h('span', { class: 'unseen' }, words.desk.lamp), name, rhythm, driven))
  let shown
  return {
    element,
    show(pattern) {
      if (pattern === shown) return
      shown = pattern
      const rows = table[pattern] ?? {}
      setAttribute(element, 'data-pattern', pattern)
      setText(name, words.lamp[pattern] ?? pattern)
      setText(rhythm, rhythmWords(rows, words, format))
      for (const position of positions) lenses[position].take(rows[position] ?? undefined)
    },
    draw(wallMs, steady, lights) {
      setAttribute(driven, 'hidden', !lights || steady)
      for (const position of positions) lenses[position].draw(wallMs, steady, lights?.[position])
    },
  }
}

function createLens(cx) {
  const glow = svg('circle', { class: 'glow', cx, cy: 26, r: 25 })
  const light = svg('circle', { class: 'light', cx, cy: 26, r: 14.5 })
  const glass = svg('circle', { class: 'glass', cx, cy: 26, r: 14.5 })
  const shine = svg('ellipse', { class: 'shine', cx: cx - 4, cy: 19.5, rx: 5.5, ry: 3 })
  const element = svg('g', { class: 'lens' }, glass, glow, light, shine, svg('circle', { class: 'rim', cx, cy: 26, r: 14.5 }))
  let rhythm
  return {
    element,
    take(next) {
      rhythm = next
      if (next === undefined) return
      const colour = Object.hasOwn(colours, next.colour) ? next.colour : 'white'
      setAttribute(light, 'fill', `url(#lens-${colour})`)
      setAttribute(glow, 'fill', `url(#glow-${colour})`)
      element.style.setProperty('--level', String(0.35 + 0.65 * next.level))
    },
    draw(wallMs, steady, level) {
      const driven = level !== undefined && !steady
      setAttribute(element, 'data-lit', driven ? level > 0 : rhythm !== undefined && (steady ? rhythm.on.length > 0 : isLit(rhythm, wallMs)))
    },
  }
}

function isLit({ periodMs, on }, wallMs) {
  const phase = wallMs % periodMs
  return on.some(([from, to]) => phase >= from && phase < to)
}

/** Where it is lit, in which colour, in which rhythm. A dark lamp needs no more words than its name. */
function rhythmWords(rows, words, format) {
  const lit = positions.filter((position) => rows[position])
  if (lit.length === 0) return ''
  const first = rows[lit[0]]
  const where = lit.length === 3 ? words.lampPosition.all : lit.map((position) => words.lampPosition[position]).join(' + ')
  const sameTime = lit.every((position) => JSON.stringify(rows[position].on) === JSON.stringify(first.on))
  return [where, words.lampColour[first.colour] ?? first.colour, sameTime ? oneRhythm(first, words, format) : words.lampRhythm.chase].join(', ')
}

function oneRhythm({ periodMs, on, level }, words, format) {
  const steady = on.length === 1 && on[0][0] <= 0 && on[0][1] >= periodMs
  if (steady) return level < 0.4 ? words.lampRhythm.dim : words.lampRhythm.steady
  return words.lampRhythm.each(on.length, periodMs / 1000, format)
}
