import { h, setAttribute, setText } from './dom.js'
import { eventMark, stateIcon } from './icons.js'
import { createLamp } from './lamp.js'
import { forwardingOf, phoneState, toneOf } from './model.js'

/** Who acts by which button of the demonstration. A button that fits the phone's state now stands out; the others work as well. */
const demoGroups = {
  caller: ['call', 'give-up', 'remote-hang-up'],
  clerk: ['answer', 'hold', 'resume', 'hang-up', 'call-back', 'stand-up', 'sit-down'],
  helper: ['kill-agent', 'start-agent'],
}
const fitting = {
  idle: ['call', 'stand-up', 'sit-down'],
  absent: ['call', 'sit-down', 'kill-agent'],
  ringing: ['answer', 'give-up'],
  talking: ['hold', 'hang-up', 'remote-hang-up', 'stand-up'],
  held: ['resume', 'hang-up', 'remote-hang-up', 'sit-down'],
  dialling: ['hang-up'],
  offline: ['start-agent'],
  unreachable: [],
  unknown: ['call'],
}
const deviceCommands = ['lamp.test', 'identify']
const marksShown = 4
/** A reception may get the calls of many. */
const standInsShown = 6
const longestMs = 24 * 3_600_000

/**
 * The card of one desk. `view` holds the words, the format, the lamp table, what may be commanded, and `act(desk, kind, name)`.
 * `update` takes the desk as it is now, the office, and whose calls the desk gets beside its own; `tick` the office's time.
 */
export function createCard(id, view) {
  const { words, format } = view
  const lamp = createLamp(words, format, view.lampTable)
  const header = createHeader(id, words)
  const phone = createPhone(words, format)
  const facts = createFacts(words, format)
  const recent = h('ol', { class: 'recent' })
  const buttons = createButtons(id, view)
  const events = h('div', { class: 'recent-events' }, h('h4', { class: 'label' }, words.desk.events), recent)
  const now = h('div', { class: 'card-now' }, phone.element, lamp.element, facts.element)
  const more = h('div', { class: 'card-more' }, events, ...buttons.elements)
  const element = h('article', { class: 'card', 'aria-labelledby': `desk-${id}` }, h('div', { class: 'card-inside' }, header.element, now, more))
  return {
    id,
    element,
    lamp,
    update(desk, office, standsInFor) {
      const state = phoneState(desk)
      setAttribute(element, 'data-state', state.kind)
      header.update(desk)
      phone.update(desk, state)
      lamp.show((desk.availability === 'online' && desk.state?.lamp) || 'unknown')
      facts.update(desk, office, standsInFor)
      recent.replaceChildren(...recentEvents(desk, words, format))
      buttons.update(state.kind)
    },
    tick: phone.tick,
  }
}

function createHeader(id, words) {
  const about = h('p', { class: 'about' })
  const availability = h('p', { class: 'availability' })
  return {
    element: h('header', {}, h('div', {}, h('h3', { id: `desk-${id}` }, id), about), availability),
    update(desk) {
      const { department, phone } = desk.about ?? {}
      const device = [words.desk.makes[phone?.make] ?? capital(phone?.make), phone?.model].filter(Boolean).join(' ')
      setText(about, [department, device].filter(Boolean).join(' · ') || '–')
      setAttribute(availability, 'data-availability', desk.availability)
      setText(availability, words.desk[desk.availability])
    },
  }
}

function capital(text) {
  return text && text[0].toUpperCase() + text.slice(1)
}

/** What the telephone does, in words, by shape and by colour, and for how long. */
function createPhone(words, format) {
  const icon = h('div', { class: 'state-icon' })
  const [name, detail, timer] = [h('p', { class: 'state-name' }), h('p', { class: 'state-detail' }), h('p', { class: 'timer' })]
  const rings = createRings(words, format)
  const second = h('p', { class: 'second', hidden: true })
  let shown
  let since
  return {
    element: h('div', { class: 'phone' }, icon, name, timer, detail, rings.element, second),
    update(desk, state) {
      if (shown !== state.kind) icon.replaceChildren(stateIcon(state.kind))
      shown = state.kind
      since = state.call?.since ?? undefined
      setText(name, words.state[state.kind])
      setText(detail, detailWords(desk, state, words, format))
      rings.update(state)
      setAttribute(second, 'hidden', state.second === undefined)
      setText(second, state.second === undefined ? '' : `${words.detail.second}: ${words.state[state.secondKind].toLowerCase()}`)
    },
    tick(now) {
      // A desk whose clock was never set counts from 1970: such a time says nothing.
      const elapsedMs = since === undefined ? longestMs : now - since
      setText(timer, elapsedMs < longestMs ? format.timer(elapsedMs) : '')
    },
  }
}

function detailWords(desk, { kind, call }, words, format) {
  const { detail } = words
  const target = desk.state?.forwarding?.target
  if (kind === 'ringing') return detail.ringing(call.ring ?? 1, format)
  if (kind === 'absent' && target) return detail.absentTo(format.place(target))
  if (kind === 'idle' && desk.state.phone.dnd) return detail.dnd
  return kind === 'idle' && desk.state.phone.hook === 'off' ? detail.offHook : detail[kind]
}

/** The rings as they are counted: three that the procedure allows, a line, and the one too many. */
function createRings(words, format) {
  const marks = Array.from({ length: marksShown }, (_, index) => h('span', { class: 'ring', 'data-ring': index + 1 }, String(index + 1)))
  const element = h('div', { class: 'rings', role: 'img', hidden: true }, ...marks)
  return {
    element,
    update({ kind, call }) {
      setAttribute(element, 'hidden', kind !== 'ringing')
      if (kind !== 'ringing') return
      const ring = call.ring ?? 1
      const source = call.ringSource ? `, ${words.rings[call.ringSource]}` : ''
      setAttribute(element, 'aria-label', `${ring > 3 ? words.rings.late(ring, format) : words.rings.label(ring, format)}${source}`)
      for (const [index, mark] of marks.entries()) setAttribute(mark, 'data-rung', index < ring)
      setText(marks[marksShown - 1], String(Math.max(ring, marksShown)))
    },
  }
}

function createFacts(words, format) {
  const { desk: text } = words
  const [callbacks, overdue, forwarding] = [h('span'), h('span', { class: 'overdue' }), h('span')]
  const [owner, standsIn] = [h('span', { class: 'owner' }), h('span', { class: 'stands-in' })]
  const [missing, lost] = [h('p', { class: 'missing', hidden: true }), h('p', { class: 'missing', hidden: true })]
  const fact = (name, ...values) => h('div', {}, h('dt', { class: 'label' }, name), h('dd', {}, ...values))
  return {
    element: h(
      'div',
      { class: 'facts' },
      h('dl', {}, fact(text.callbacks, callbacks, overdue), fact(text.forwarding, forwarding, owner, standsIn)),
      missing,
      lost,
    ),
    update(desk, office, standsInFor = []) {
      const { open = 0, overdue: late = 0 } = desk.state?.callbacks ?? {}
      setText(callbacks, text.callbacksOpen(open, format))
      setText(overdue, late > 0 ? text.callbacksOverdue(late, format) : '')
      const found = forwardingOf(desk, office)
      setText(forwarding, forwardingWords(found, words, format))
      setText(owner, ownerWords(found, words))
      setAttribute(owner, 'data-owner', found.owner ?? 'none')
      setAttribute(owner, 'data-warden', found.task?.state ?? 'none')
      setText(standsIn, standsInFor.length === 0 ? '' : text.standsIn(listed(standsInFor)))
      setAttribute(missing, 'hidden', desk.missing === 0)
      setText(missing, desk.missing === 0 ? '' : `${text.missing(desk.missing, format)}${desk.availability === 'online' ? text.asking : text.askingLater}`)
      setAttribute(lost, 'hidden', desk.lost === 0)
      setText(lost, desk.lost === 0 ? '' : text.lost(desk.lost, format))
    },
  }
}

function listed(names) {
  return [...names.slice(0, standInsShown), ...(names.length > standInsShown ? ['…'] : [])].join(', ')
}

/** Where the calls go, and until when. */
function forwardingWords({ state, target, until, owner, step, busy }, { desk: text }, format) {
  if (state !== 'on' && step === undefined) return state === 'unknown' ? text.unknown.toLowerCase() : text.forwardingOff
  const parts = [text.forwardingOn(target ? format.place(target) : undefined)]
  if (busy) parts.push(text.forwardingBusy)
  if (owner !== 'person' && until) parts.push(text.forwardingUntil(format.hour(until)))
  return parts.join(', ')
}

/** By whose hand: the helper's, a person's, or what the warden has come to. */
function ownerWords({ owner, step, task }, { desk: text }) {
  if (task !== undefined) return text.warden[`${task.state} ${task.reason}`] ?? text.warden[task.state]
  if (owner === 'person') return text.forwardingForeign
  return owner === 'agent' ? (text.lease[step] ?? text.lease.held) : ''
}

function recentEvents(desk, words, format) {
  const told = desk.events.filter((entry) => entry.type !== 'call.ring' || toneOf(entry) === 'attention').slice(0, 3)
  if (told.length === 0) return [h('li', { class: 'none' }, words.desk.noEvents)]
  return told.map((entry) => eventItem(entry, words, format))
}

/** One event: when, what kind, and the sentence. `desk` is named where the list is of the whole office. */
export function eventItem(entry, words, format, desk) {
  const sentence = (words.event[entry.type] ?? (() => words.otherEvent(entry.type)))(entry.data, format)
  const time = h('time', { datetime: new Date(entry.at).toISOString() }, format.clock(entry.at))
  return h('li', { 'data-tone': toneOf(entry) }, time, eventMark(toneOf(entry)), h('span', {}, desk && h('b', {}, desk), desk && ' ', sentence))
}

function createButtons(id, view) {
  const { words, demo, commands, act } = view
  const all = new Map()
  const button = (kind, name, label) => {
    const element = h('button', { type: 'button', 'data-action': name, click: () => act(id, kind, name, label) }, label)
    all.set(name, element)
    return element
  }
  const group = (key, made) => {
    const title = words.demo[key]
    return made.length === 0
      ? undefined
      : h('div', { class: 'group', role: 'group', 'aria-label': words.demo.groupOf(id, title) }, h('p', { class: 'label' }, title), h('div', {}, ...made))
  }
  const isOffered = (name) => demo?.actions.includes(name) && (demo.only?.[name]?.includes(id) ?? true)
  const offered = (key) => demoGroups[key].filter(isOffered).map((name) => button('demo', name, words.demo.actions[name]))
  const device = commands ? deviceCommands.map((name) => button('command', name, words.demo.commands[name])) : []
  const groups = [group('caller', offered('caller')), group('device', device), group('clerk', offered('clerk')), group('helper', offered('helper'))].filter(
    Boolean,
  )
  return {
    elements: groups.length > 0 ? [h('div', { class: 'buttons' }, ...groups)] : [],
    update(kind) {
      for (const [name, element] of all) setAttribute(element, 'data-fits', fitting[kind].includes(name))
    },
  }
}
