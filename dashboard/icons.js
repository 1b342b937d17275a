import { svg } from './dom.js'

/** A desk telephone's handset from the front, 40 wide, its middle at the origin. */
const handset = 'M-20 1 q0 -9 8 -10 q12 -3 24 0 q8 1 8 10 v2 q0 3 -3 3 h-6 q-3 0 -3 -3 v-3 q-8 -2 -16 0 v3 q0 3 -3 3 h-6 q-3 0 -3 -3 z'
const base = 'M17 29 h30 l6 17 q1.5 5 -4 5 h-34 q-5.5 0 -4 -5 z'

const body = (attributes) => svg('path', { class: 'solid', d: handset, ...attributes })
const line = (d, attributes = {}) => svg('path', { class: 'line', d, ...attributes })
const dot = (cx, cy, r = 2.2) => svg('circle', { class: 'solid', cx, cy, r })
const telephone = (lift = 0) => [
  svg('path', { class: 'solid', d: base }),
  svg('circle', { class: 'hollow', cx: 32, cy: 39.5, r: 5.5 }),
  body({ transform: `translate(32 ${20 - lift})` }),
]

/** One drawing for each state of a phone, told apart by its shape alone. */
const drawings = {
  idle: () => telephone(),
  ringing: () => [...telephone(3).slice(0, 2), body({ transform: 'translate(32 17) rotate(-7)' }), line('M7 8 q-4 6 -2 13'), line('M57 8 q4 6 2 13')],
  talking: () => [body({ transform: 'translate(24 36) rotate(-58) scale(1.05)' }), line('M41 24 q5 8 0 16'), line('M48 18 q9 14 0 28')],
  held: () => [
    svg('circle', { class: 'line', cx: 32, cy: 32, r: 23 }),
    svg('rect', { class: 'solid', x: 22.5, y: 21, width: 6.5, height: 22, rx: 2 }),
    svg('rect', { class: 'solid', x: 35, y: 21, width: 6.5, height: 22, rx: 2 }),
  ],
  dialling: () => [...[18, 28, 38].flatMap((y) => [13, 23, 33].map((x) => dot(x, y, 3))), dot(23, 48, 3), line('M43 43 L56 30'), line('M46 29 h10.5 v10.5')],
  absent: () => [
    svg('path', { class: 'solid', d: base, transform: 'translate(-10 1)' }),
    svg('circle', { class: 'hollow', cx: 22, cy: 40.5, r: 5.5 }),
    body({ transform: 'translate(22 21) scale(.95)' }),
    line('M44 40 h15'),
    line('M53 33 l7 7 l-7 7'),
  ],
  offline: () => [
    svg('path', { class: 'line dashed', d: base }),
    svg('path', { class: 'line dashed', d: handset, transform: 'translate(32 20)' }),
    line('M9 55 L55 9'),
  ],
  unreachable: () => [line('M32 9 L57 53 H7 Z'), line('M32 25 v13'), dot(32, 45.5, 2.4)],
  unknown: () => [svg('circle', { class: 'line dashed', cx: 32, cy: 32, r: 23 }), dot(22, 32, 3), dot(32, 32, 3), dot(42, 32, 3)],
}

/** The drawing of a state. The words beside it say the same, so it is hidden from a screen reader. */
export function stateIcon(kind) {
  return svg('svg', { class: 'icon', viewBox: '0 0 64 64', 'aria-hidden': 'true' }, ...drawings[kind]())
}

const marks = {
  attention: () => [line('M10 3 L18 17 H2 Z'), line('M10 8.5 v4')],
  good: () => [line('M3.5 10.5 L8 15 L16.5 5.5')],
  technical: () => [svg('circle', { class: 'line', cx: 10, cy: 10, r: 6.5 }), line('M10 9.5 v4'), dot(10, 6.4, 1)],
  plain: () => [dot(10, 10, 2.6)],
}

/** The small mark before an event in the log: what kind it is, by shape. */
export function eventMark(tone) {
  return svg('svg', { class: 'mark', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, ...marks[tone]())
}
