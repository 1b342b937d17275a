/** What the hub has told this page, and what follows from it. No drawing here. */

const limits = { log: 120, deskEvents: 6, overtakenMs: 60_000 }

/** Before the first word of the hub. */
export function emptyOffice() {
  return {
    name: '',
    timeZone: 'Europe/Warsaw',
    broker: { connected: true, since: 0 },
    commands: false,
    demo: null,
    alarms: [],
    warden: [],
    desks: new Map(),
    log: [],
    clock: undefined,
  }
}

/** The frames of `/api/events` that this page takes in. */
export const frames = ['snapshot', 'desk', 'event', 'gone', 'broker', 'alarms', 'warden', 'demo', 'lights', 'clock']

/** Takes one frame of `/api/events` in; `heardAt` is `performance.now()` at its arrival. */
export function takeFrame(office, type, data, heardAt) {
  switch (type) {
    case 'snapshot':
      return { ...office, ...data, desks: new Map(data.desks.map((desk) => [desk.id, desk])), clock: clockOf(data, heardAt) }
    case 'desk':
      return { ...office, desks: new Map(office.desks).set(data.id, data) }
    case 'gone':
      return { ...office, desks: new Map([...office.desks].filter(([id]) => id !== data.id)) }
    case 'event': {
      const desk = office.desks.get(data.desk)
      const desks = new Map(office.desks)
      if (desk) desks.set(desk.id, { ...desk, events: [data, ...desk.events].slice(0, limits.deskEvents) })
      return { ...office, desks, log: [data, ...office.log].slice(0, limits.log) }
    }
    case 'broker':
      return { ...office, broker: data }
    case 'alarms':
      return { ...office, alarms: data }
    case 'warden':
      return { ...office, warden: data }
    case 'lights':
      return office.demo === null ? office : { ...office, demo: { ...office.demo, lights: { ...office.demo.lights, [data.id]: data.lights } } }
    case 'demo':
      return { ...office, demo: { ...office.demo, speed: data.speed }, clock: clockOf(data, heardAt) }
    case 'clock':
      return { ...office, clock: clockOf(data, heardAt) }
    default:
      return office
  }
}

/**
 * The office's log, newest first. Events of two desks may overtake each other on their way, so those of the same minute stand by their own time. What
 * comes from further off keeps its place: it was sent late, or its desk's clock is wrong.
 */
export function logOf({ log }) {
  const shown = []
  for (const entry of log.toReversed()) {
    const later = shown.findIndex(({ at }) => at <= entry.at || at - entry.at > limits.overtakenMs)
    shown.splice(later === -1 ? shown.length : later, 0, entry)
  }
  return shown
}

function clockOf({ now, rate }, heardAt) {
  return { now, rate, heardAt }
}

/** The office's wall time now, as the hub counts it, whatever this machine's own clock says. */
export function officeTime(office) {
  const { clock } = office
  return clock === undefined ? Date.now() : clock.now + (performance.now() - clock.heardAt) * clock.rate
}

/** Desks in the order in which people count them: `usc-2` before `usc-12`. */
export function sortedDesks(office) {
  return [...office.desks.values()].sort((a, b) => a.id.localeCompare(b.id, 'pl', { numeric: true }))
}

/** The call that matters most first: the clerk's own conversation, then one that rings, that is dialled, that waits. */
const callOrder = ['connected', 'alerting', 'initiated', 'held']
const kindOfCall = { connected: 'talking', alerting: 'ringing', initiated: 'dialling', held: 'held' }

/** What a desk's phone is doing, in one word, with the calls behind it. */
export function phoneState(desk) {
  const { state, presence } = desk
  const calls = (state?.calls ?? []).filter((call) => callOrder.includes(call.state)).sort((a, b) => callOrder.indexOf(a.state) - callOrder.indexOf(b.state))
  const [call, second] = calls
  const kind = () => {
    if (desk.availability === 'offline') return 'offline'
    if (state === undefined || desk.availability === 'unknown') return 'unknown'
    if (state.phone.reachable === false) return 'unreachable'
    if (call !== undefined) return kindOfCall[call.state]
    const away = isElsewhere(state.forwarding) || presence?.takesCalls === false
    return away ? 'absent' : 'idle'
  }
  const found = kind()
  return Object.values(kindOfCall).includes(found) ? { kind: found, call, second, secondKind: second && kindOfCall[second.state] } : { kind: found }
}

/** Whether calls to a clerk who is free go elsewhere. */
function isElsewhere(forwarding) {
  return forwarding?.state === 'on' && forwarding.kind !== 'busy'
}

/**
 * Where the calls of a desk go and by whose hand: what its helper last said, and what the warden has come to since, which holds where the helper is gone.
 * `state` is `on`, `off` or `unknown`; `owner` is `agent`, `person` or `warden`; `busy`: it takes only the calls to a busy phone.
 */
export function forwardingOf(desk, office) {
  const { state = 'off', kind, target, until, owner, lease } = desk.state?.forwarding ?? {}
  const busy = state === 'on' && kind === 'busy'
  const task = office.warden.find((one) => one.desk === desk.id)
  if (task === undefined) {
    // An order that is under way, before the phone has confirmed it.
    if (lease && (state !== 'on' || busy))
      return { state: busy ? 'unknown' : state, target: lease.target, until: lease.until, owner: 'agent', step: lease.state }
    return {
      state,
      target,
      until,
      ...(state === 'on' && owner ? { owner: owner === 'agent' ? 'agent' : 'person' } : {}),
      ...(lease ? { step: lease.state } : {}),
      ...(busy ? { busy } : {}),
    }
  }
  const isFree = task.state === 'undone'
  return { state: isFree ? 'off' : 'on', target: task.target ?? undefined, until: isFree ? undefined : (task.until ?? undefined), owner: 'warden', task }
}

/** For each desk that gets calls of others now, by whoever's hand, whose they are. */
export function standInsOf(office) {
  const found = new Map()
  for (const desk of sortedDesks(office)) {
    const { state, target, busy } = forwardingOf(desk, office)
    if (state === 'on' && target !== undefined && !busy) found.set(target, [...(found.get(target) ?? []), desk.id])
  }
  return found
}

/** The figures above the desks. Only desks that are there count. */
export function summaryOf(office) {
  const desks = [...office.desks.values()]
  const kinds = desks.map((desk) => phoneState(desk).kind)
  const sum = (field) => desks.reduce((total, desk) => total + (desk.availability === 'online' ? (desk.state?.callbacks?.[field] ?? 0) : 0), 0)
  const how = (kind) => kinds.filter((one) => one === kind).length
  return { desks: desks.length, ringing: how('ringing'), talking: how('talking'), held: how('held'), callbacks: sum('open'), overdue: sum('overdue') }
}

/** Whether an event is one of the three that are announced. A ring behind a call asks nothing of anybody. */
export function isAlarm({ type, data }) {
  if (type === 'call.ring') return data.ring === 3 && !data.waiting
  if (type === 'call.missed') return data.direction !== 'out'
  return type === 'hold.forced'
}

/** Those of the hub's alarms that did not stand before. */
export function newAlarms(before, after) {
  const known = new Set(before.map(({ kind, desk }) => `${kind} ${desk}`))
  return after.filter(({ kind, desk }) => !known.has(`${kind} ${desk}`))
}

const attention = new Set([
  'call.missed',
  'day-end.asked',
  'hold.warned',
  'hold.forced',
  'hold.unconfirmed',
  'hold.long',
  'hold.overdue',
  'callback.due',
  'callback.overdue',
])
const good = new Set(['call.resumed', 'callback.closed', 'phone.back', 'bridge.back', 'forwarding.off'])
const technical = /^(?:phone|seat|bridge|clock|security|agent)\.|\.contradiction$|^forwarding\.(?:unconfirmed|foreign|uncovered)$/

/** What kind of news an event is, for its mark. */
export function toneOf({ type, data }) {
  if (attention.has(type) || (type === 'call.ring' && data.ring >= 3 && !data.waiting) || (type === 'call.answered' && data.inRule === false))
    return 'attention'
  if (good.has(type) || (type === 'call.answered' && data.inRule) || (type === 'call.hung-up-first' && data.by === 'remote')) return 'good'
  return technical.test(type) ? 'technical' : 'plain'
}
