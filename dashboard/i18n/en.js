/**
 * The page in English. Every sentence of the page is here or is not on the page; `pl.js` has the same keys. In a sentence about an event `d` is
 * the event's data and `f` the formatting of `i18n/index.js`.
 */
export const en = {
  code: 'en',
  locale: 'en-GB',
  name: 'English',

  page: {
    title: 'third-ring',
    skip: 'Skip to the desks',
    subtitle: 'Desks and their telephones, now',
    language: 'Language',
    time: 'Office time',
    desks: 'Desks',
    noDesks: 'No desk has reported yet.',
    log: 'Last events of the office',
    noEvents: 'Nothing has happened yet.',
    alarm: 'Last call alarm',
    noAlarm: 'None since this page was opened.',
    pause: 'Pause updates',
    resume: 'Resume updates',
    paused: (time) => `Updates are paused. What you see is as of ${time}.`,
  },

  connection: {
    connecting: 'Connecting …',
    live: 'Live',
    lost: 'Connection lost',
    paused: 'Paused',
    lostAsOf: (time) => `Connection lost. What you see is as of ${time}.`,
    neverThere: 'There is no connection to the hub.',
    brokerAsOf: (time) => `The hub has lost the message broker. What you see is as of ${time}.`,
    back: 'The connection is back.',
  },

  trouble: {
    heading: 'Needs attention',
    since: (time) => `since ${time}`,
    more: (n, f) => `and ${f.number(n)} more`,
    other: (kind) => `Something is the matter (${kind}).`,
    kinds: {
      'record.fault': () => 'The hub cannot write its record; events wait in memory.',
      'directory.refused': (d, f) =>
        `The directory of substitutes has ${f.count(d.count ?? 1, { one: 'fault', other: 'faults' })}: the one before still holds. "third-ring check" tells them.`,
      'warden.refused': (d, f) =>
        `The file of the warden’s telephones has ${f.count(d.count ?? 1, { one: 'fault', other: 'faults' })}: the one before still holds. "third-ring check" tells them.`,
      'warden.failed': (d, f) => `The helper is gone, calls go to ${f.place(d.target)}, and nobody can undo it: ${f.reason(d.reason)}.`,
      'warden.waiting': (d, f) => `The helper is gone while calls go to ${f.place(d.target)}; the warden frees the telephone soon.`,
      'desk.duplicated': () => 'Two helpers run under this name. Give one of them another.',
      'client-id.clash': () => 'Two clients throw each other off the broker under this name.',
      'phone.duplicated': (d) => `The same telephone is connected to ${d.desks ?? '–'} as well.`,
      'desk.silent': () => 'The helper of this desk is silent.',
      'phone.unreachable': () => 'The telephone does not answer its helper.',
      'phone.refused': () => 'The telephone refuses the password or address of its helper.',
      'phone.silent': (d) =>
        d.evidence === 'neighbours'
          ? 'No call today, while the neighbours are busy: does the telephone report its calls?'
          : 'The telephone works and reports nothing.',
      'forwarding.unconfirmed': () => 'The telephone does not confirm its forwarding.',
      'security.refused': () => 'Requests were refused: of strangers, or far too many.',
      'exchange.away': () => 'The telephone exchange does not answer the helper of this desk.',
      'power.under-voltage': () => 'The power supply is too weak.',
      'disk.read-only': () => 'The memory card takes nothing any more.',
      'disk.low': () => 'The memory card is nearly full.',
      'clock.unsynced': () => 'The clock is not set.',
      'forwarding.uncovered': (d, f) => `Longer absence and nobody to take the calls: ${f.reason(d.reason)}.`,
      'events.missing': (d, f) => `${f.count(d.count ?? 1, { one: 'event has been missing', other: 'events have been missing' })} for some time.`,
      'events.lost': (d, f) => `${f.count(d.count ?? 1, { one: 'event is lost', other: 'events are lost' })}: the desk no longer has what was missing.`,
      'journal.incomplete': () => 'The journal of this desk has a gap.',
      'warden.foreign': (d, f) => `The helper is gone and calls go to ${f.place(d.target)} by another hand: left alone. Look at the telephone.`,
      'warden.freed': () => 'The warden has freed the telephone; its helper is not back yet.',
    },
  },

  summary: {
    desks: (n, f) => f.count(n, { one: 'desk', other: 'desks' }),
    ringing: 'ringing',
    talking: 'in a call',
    held: 'on hold',
    callbacks: 'callbacks open',
    overdue: 'callbacks overdue',
  },

  state: {
    idle: 'Free',
    ringing: 'Ringing',
    talking: 'In a call',
    held: 'On hold',
    dialling: 'Dialling',
    absent: 'Away',
    offline: 'Not connected',
    unreachable: 'Phone does not answer',
    unknown: 'Not heard of yet',
  },
  detail: {
    idle: 'No call at this desk',
    dnd: 'Do not disturb is on',
    offHook: 'The handset is up',
    ringing: (ring, f) => `${f.ordinal(ring)} ring`,
    talking: 'The call is connected',
    held: 'The caller is waiting on hold',
    dialling: 'Calling out',
    absent: 'The desk takes no calls',
    absentTo: (target) => `Calls go to ${target}`,
    offline: 'Its helper has stopped or has no network',
    unreachable: 'The helper runs, the phone is silent',
    unknown: 'Only old messages are known',
    second: 'Second call',
  },
  since: 'for',
  rings: {
    label: (ring, f) => `${f.ordinal(ring)} ring of the three that the procedure allows`,
    late: (ring, f) => `${f.ordinal(ring)} ring, later than the procedure allows`,
    estimated: 'rings estimated from time',
    counted: 'rings counted on the line',
  },

  desk: {
    makes: { analogue: 'analogue telephone,' },
    driven: 'drawn as the microcontroller lights it',
    online: 'Connected',
    offline: 'Not connected',
    unknown: 'Unknown',
    lamp: 'Lamp',
    callbacks: 'Callbacks',
    callbacksOpen: (n, f) => (n === 0 ? 'none open' : `${f.number(n)} open`),
    callbacksOverdue: (n, f) => `${f.number(n)} overdue`,
    forwarding: 'Forwarding',
    forwardingOff: 'off',
    forwardingOn: (target) => (target === undefined ? 'on' : `to ${target}`),
    forwardingBusy: 'while the line is busy',
    forwardingUntil: (time) => `until ${time}`,
    forwardingForeign: 'set by hand',
    standsIn: (desks) => `gets the calls of ${desks}`,
    lease: {
      held: 'set by its helper',
      asked: 'asked by its helper, not confirmed yet',
      releasing: 'being taken back by its helper',
      unknown: 'set by its helper, to be checked',
    },
    warden: {
      waiting: 'its helper is gone; the warden gives it time to come back',
      'waiting lease-over': 'its helper has let the time run out; the warden takes over',
      undoing: 'the warden is freeing the telephone',
      'undoing busy': 'the warden waits for the end of a call',
      undone: 'freed by the warden',
      'undone found-free': 'free already when the warden looked',
      foreign: 'set by hand meanwhile; the warden leaves it',
      'foreign unclaimed': 'its helper is gone; whether a person set it is not known',
      unconfirmed: 'the warden told the telephone, which shows nothing of it',
      'unconfirmed contradicted': 'the warden told the telephone, which still forwards',
      failed: 'the warden cannot free the telephone',
      'failed unreachable': 'the warden cannot reach the telephone',
      'failed refused': 'the telephone refuses the warden',
      'failed no-phone': 'the warden does not know this telephone',
      'failed no-number': 'the warden does not know whose forwarding it is',
    },
    unlisted: 'another number',
    missing: (n, f) => f.count(n, { one: 'event has not arrived', other: 'events have not arrived' }),
    asking: '; the hub is asking for them again',
    askingLater: '; the hub will ask when the desk is back',
    lost: (n, f) => f.count(n, { one: 'event is lost: the desk no longer has it', other: 'events are lost: the desk no longer has them' }),
    events: 'Last events',
    noEvents: 'None yet',
  },

  lampPosition: { left: 'left', middle: 'middle', right: 'right', all: 'all three' },
  lampColour: { amber: 'amber', white: 'white', blue: 'blue' },
  lampRhythm: {
    steady: 'steady',
    dim: 'steady, dim',
    each: (flashes, seconds, f) => `${f.count(flashes, { one: 'flash', other: 'flashes' })} every ${f.number(seconds)}\u00a0s`,
    chase: 'in turn',
  },
  lamp: {
    test: 'lamp test',
    identify: 'this is the desk you are looking for',
    'hold-warning': 'the call is about to be put on hold',
    'hold-unconfirmed': 'the phone did not confirm the hold',
    'ring-overdue': 'the third ring is over',
    'ring-warning': 'third ring: time to answer',
    'ring-second': 'second ring',
    'ring-first': 'first ring',
    'ask-consent': 'ask for consent to the loudspeaker',
    'hold-overdue': 'the caller has waited too long on hold',
    'hold-long': 'the caller is still on hold',
    'promise-due': 'an agreed call is due',
    'call-waiting': 'a second caller is waiting',
    'day-end': 'the day is over: is what was set at the phone meant?',
    forwarded: 'calls are forwarded',
    callbacks: 'somebody is waiting for a callback',
    dark: 'dark, nothing to show',
    unknown: 'not known',
  },

  demo: {
    heading: 'Try it',
    intro: 'The desks are real helpers with emulated telephones. Step in at any of them:',
    steps: [
      (desk) => `Press “Call” at ${desk} and wait. At the third ring all of its lamp blinks: time to answer.`,
      () => 'Press “Answer” before the fourth ring; the rule is kept.',
      () => 'Press “Stand up” in the middle of the call. The lamp warns after six seconds; after eight the call is on hold.',
      () => 'Press “Sit down”. The call stays on hold until the clerk presses “Resume”: nobody is put through to an empty room.',
      () => 'Press “Call” and, as the caller, “Give up”: now somebody is owed a callback.',
      () => 'Nobody sits at kan-07. After a moment its calls go to usc-12: press “Call” at kan-07, and look who answers.',
      () => 'Press “Kill” at kan-07 while its calls go elsewhere. The warden waits, then frees the telephone.',
    ],
    speed: 'Speed of the demonstration',
    times: (n, f) => `${f.number(n)}×`,
    caller: 'Caller',
    clerk: 'Clerk',
    device: 'Lamp',
    helper: 'Helper',
    groupOf: (desk, group) => `${desk}: ${group}`,
    actions: {
      call: 'Call',
      'give-up': 'Give up',
      'remote-hang-up': 'Hang up',
      answer: 'Answer',
      hold: 'Hold',
      resume: 'Resume',
      'hang-up': 'Hang up',
      'call-back': 'Call back',
      'stand-up': 'Stand up',
      'sit-down': 'Sit down',
      'kill-agent': 'Kill',
      'start-agent': 'Start again',
    },
    commands: { 'lamp.test': 'Test', identify: 'Identify' },
  },

  answer: {
    done: (what) => `${what}: done.`,
    refused: (what, why) => `${what}: not done. ${why}`,
    codes: {
      NO_ANSWER: 'The desk did not answer in time.',
      BROKER_AWAY: 'The hub has no connection to the broker.',
      TOO_FAST: 'Too many requests; wait a moment.',
      NO_CONNECTION: 'The hub cannot be reached.',
    },
    other: 'It cannot be done now.',
  },

  alarm: {
    'call.ring': (desk) => `${desk}: third ring, time to answer`,
    'hold.forced': (desk) => `${desk}: put on hold, nobody at the desk`,
    'call.missed': (desk) => `${desk}: a call was missed`,
  },

  reason: {
    missed: 'a missed call',
    'abandoned-on-hold': 'the caller gave up on hold',
    promise: 'an agreed call',
    'transfer-failed': 'a transfer that failed',
    unresolved: 'a call that ended in an unknown way',
    'no-substitute': 'no substitute is named',
    'not-capable': 'the phone cannot do it',
    'nobody-takes-calls': 'no substitute takes calls now',
    frozen: 'the automation is off',
    headset: 'the clerk wears a headset',
    standing: 'the clerk works standing',
    contradiction: 'somebody works there although it says empty',
    flapping: 'it changes too often',
    lost: 'it has gone silent',
    'no-warden': 'there is no warden',
    'no-phone': 'the warden does not know this telephone',
    'no-number': 'the number of the substitute is not known',
    unreachable: 'the telephone does not answer',
    refused: 'the telephone refuses the warden',
    unsupported: 'the telephone cannot be told',
    contradicted: 'the telephone does not do as it is told',
    'not-shown': 'the telephone shows nothing of it',
    'directory-stale': 'the directory of substitutes has not been heard of for a day',
    'not-journalled': 'it cannot be written down',
    unconfirmed: 'the telephone does not confirm it',
  },

  event: {
    'call.alerting': (d) => (d.waiting ? 'A second caller is waiting behind the call.' : 'The telephone rings.'),
    'call.ring': (d, f) => {
      if (d.waiting) return `The second caller waits: ${f.ordinal(d.ring)} ring.`
      if (d.ring === 3) return 'Third ring: time to answer.'
      return d.ring > 3 ? `${f.ordinal(d.ring)} ring, later than the procedure allows.` : `${f.ordinal(d.ring)} ring.`
    },
    'call.answered': (d, f) => {
      if (d.direction === 'out') return 'The called person answered.'
      if (d.excluded === 'waiting') return 'The second caller was answered.'
      if (d.excluded === 'unknown-start' || d.rings === undefined) return 'A call is connected; its beginning was not seen.'
      const after = d.waitMs === undefined ? '' : `, after ${f.span(d.waitMs)}`
      return `Answered at the ${f.ordinal(d.rings)} ring${after}${d.inRule === false ? ': later than the procedure allows.' : '.'}`
    },
    'call.missed': (d, f) => {
      if (d.direction === 'out') return 'Nobody answered the outgoing call.'
      if (d.cause === 'rejected') return 'The call was rejected at the desk.'
      if (d.cause === 'busy') return 'A caller found the desk busy.'
      if (d.cause === 'unresolved' || d.cause === 'lost') return 'A call ended unanswered; the phone did not say why.'
      return d.rings === undefined ? 'Missed call.' : `Missed call: the caller gave up after ${f.count(d.rings, { one: 'ring', other: 'rings' })}.`
    },
    'call.held': (d) => (d.by === 'agent' ? 'The call is on hold, put there automatically.' : 'The clerk put the call on hold.'),
    'call.resumed': (d, f) => (d.heldMs === undefined ? 'The call goes on.' : `The call goes on after ${f.span(d.heldMs)} on hold.`),
    'call.ended': (d, f) => {
      if (d.cause === 'transferred') return 'The call was handed over.'
      if (d.cause === 'answered-elsewhere') return 'The call was answered elsewhere.'
      if (d.cause === 'diverted') return 'The call was forwarded.'
      return d.talkMs > 0 ? `The call is over after ${f.span(d.talkMs)} of talk.` : 'The call is over.'
    },
    'call.hung-up-first': (d) => {
      if (d.by === 'remote') return 'The caller hung up first, as it should be.'
      return d.by === 'local' ? 'The desk hung up before the caller.' : 'Who hung up first is not known.'
    },
    'call.transferred': (d) => {
      if (d.kind === 'blind') return 'The call was handed over without announcement.'
      if (d.kind === 'attended') return 'The call was announced and handed over.'
      return d.kind === 'failed' ? 'Handing the call over failed.' : 'The call was handed over.'
    },
    'call.speaker-cue': () => 'Loudspeaker on: reminder to ask for consent.',
    'call.contradiction': () => 'The phone reported something unexpected; its word was taken.',
    'hold.warned': (d, f) =>
      d.remindOnly
        ? `Nobody at the desk during a call: a reminder only (${f.reason(d.remindOnly)}).`
        : 'Nobody at the desk during a call: it will be put on hold.',
    'hold.forced': (d, f) => `The call was put on hold: nobody at the desk for ${f.span(d.afterMs)}.`,
    'hold.unconfirmed': () => 'The phone has not confirmed the hold.',
    'hold.long': (d, f) => `The caller ${d.muted ? 'has heard nothing' : 'has been on hold'} for ${f.span(d.heldMs)}.`,
    'hold.overdue': (d, f) => `The caller ${d.muted ? 'has heard nothing' : 'has been on hold'} for ${f.span(d.heldMs)}: too long.`,
    'forwarding.on': (d, f) => `Calls go to ${f.place(d.target)}${d.until === undefined ? '' : ` until ${f.hour(d.until)}`}.`,
    'forwarding.off': () => 'Calls ring at this desk again.',
    'forwarding.unconfirmed': () => 'The phone has not confirmed its forwarding.',
    'forwarding.uncovered': (d, f) => `Longer absence and nobody to take the calls: ${f.reason(d.reason)}.`,
    'day-end.asked': (d) => {
      const still = [...(d.dnd ? ['on do not disturb'] : []), ...(d.kind === undefined ? [] : ['forwarded by hand'])]
      return `The working day is over; the desk asks whether the phone is meant to stay ${still.join(' and ') || 'as it was set'}.`
    },
    'forwarding.foreign': (d) => (d.on === false ? 'Forwarding was switched off by hand.' : 'Forwarding was set by hand; it is left alone.'),
    'callback.opened': (d, f) => {
      const times = d.misses > 1 ? `, ${f.number(d.misses)} times` : ''
      return `Somebody is owed a callback: ${f.reason(d.cause)}${times}${d.uncallable ? '; the number is not known' : ''}.`
    },
    'callback.attempted': () => 'A callback was tried; nobody answered.',
    'callback.closed': (d) => {
      if (d.by === 'caller-reached-us') return 'A callback is settled: the caller reached us.'
      if (d.by === 'declared') return 'A callback is settled, the clerk says.'
      if (d.by === 'expired' || d.by === 'overflow') return 'A callback was never made and is given up.'
      return d.inTime === false ? 'A callback is settled, after its time.' : 'A callback is settled.'
    },
    'callback.due': () => 'A callback is due now.',
    'callback.overdue': () => 'A callback is overdue.',
    'callback.reassigned': (d) => (d.by === undefined ? 'A callback went to another desk.' : `A callback went to ${d.by}.`),
    'seat.implausible': (d, f) => `The seat sensor is no longer believed: ${f.reason(d.reason)}.`,
    'phone.silent': (d, f) => (d.sinceMs === undefined ? 'Nothing is heard of the phone.' : `Nothing has been heard of the phone for ${f.span(d.sinceMs)}.`),
    'phone.unreachable': () => 'The phone does not answer.',
    'phone.back': () => 'The phone answers again.',
    'phone.refused': () => 'The phone refused our password or address.',
    'phone.restarted': () => 'The phone has restarted.',
    'bridge.lost': () => 'The connection to the lamp and seat device is lost.',
    'bridge.back': () => 'The lamp and seat device is back.',
    'clock.stepped': (d, f) => (d.byMs === undefined ? 'The clock was set.' : `The clock was set by ${f.span(Math.abs(d.byMs))}.`),
    'security.refused': (d, f) => `${f.count(d.count ?? 1, { one: 'request was', other: 'requests were' })} refused.`,
    'journal.incomplete': (d, f) =>
      d.count === undefined
        ? 'Part of the record of this desk is lost.'
        : `${f.count(d.count, { one: 'event', other: 'events' })} of this desk will never come.`,
    'command.obeyed': (d) => `The command ${d.command ?? '?'} was obeyed.`,
    'command.refused': (d) => `The command ${d.command ?? '?'} was refused (${d.code ?? '?'}).`,
    'agent.started': (d) => (d.version === undefined ? 'The helper of this desk has started.' : `The helper of this desk has started, version ${d.version}.`),
    'agent.stopping': () => 'The helper of this desk is stopping.',
  },
  otherEvent: (type) => `Event ${type}.`,
}
