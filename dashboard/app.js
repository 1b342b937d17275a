import { createCard, eventItem } from './card.js'
import { ask, openConnection } from './connection.js'
import { h, setAttribute, setText } from './dom.js'
import { chosenLanguage, createFormat, dictionaries, rememberLanguage } from './i18n/index.js'
import { eventMark } from './icons.js'
import { lampDefinitions } from './lamp.js'
import { emptyOffice, isAlarm, logOf, newAlarms, officeTime, sortedDesks, standInsOf, summaryOf, takeFrame } from './model.js'

const logShown = 60
const lampFrameMs = 40
const clockFrameMs = 250
const answerShownMs = 8000
const alarmsSaidMax = 3
/** Up to so many desks get wide cards, so that all of them fit on a wall screen. */
const fewDesks = 4
/** So many alarms are listed; of the others there is only their number. */
const troubleListed = 12

const byId = (id) => document.getElementById(id)
const stillness = matchMedia('(prefers-reduced-motion: reduce)')

let office = emptyOffice()
let lampTable = {}
let words = dictionaries[chosenLanguage()]
let format = createFormat(words, office.timeZone)
let formatFor = `${words.code} ${office.timeZone}`
let cards = new Map()
/** `connecting`, `live`, `lost`; and the office's time at which the page stopped following, for whichever reason. */
let line = 'connecting'
let lostAt
let pausedAt
let alarm
/** What the cards were built for: another language or another set of buttons means new cards. */
let builtFor
let logNewest
let drawing = false
let answerTimer
let summaryShown
let lostBefore = ''
/** Alarms that have not been read out yet: several may come between two drawings, and many while the page is paused. */
let unsaid = []
/** What the hub has found to be the matter since something was last read out. */
let unsaidTrouble = []
let troubleShown

start()

function start() {
  document.body.append(lampDefinitions())
  for (const button of document.querySelectorAll('[data-language]')) button.addEventListener('click', () => chooseLanguage(button.dataset.language))
  byId('pause').addEventListener('click', togglePause)
  applyWords()
  byId('log').tabIndex = 0
  openConnection({ onFrame: takeIn, onLost: () => changeLine('lost'), onLive: () => changeLine('live') })
  setInterval(drawLamps, lampFrameMs)
  setInterval(drawClock, clockFrameMs)
}

/** The table is asked for with each connection: a hub that was started anew may draw its lamps otherwise. */
async function fetchLampTable() {
  lampTable = await (await fetch('/api/lamp-patterns')).json()
  builtFor = undefined
  draw()
}

function takeIn(type, data, heardAt) {
  if (type === 'alarms') unsaidTrouble = [...unsaidTrouble, ...newAlarms(office.alarms, data)].slice(-alarmsSaidMax)
  office = takeFrame(office, type, data, heardAt)
  if (type === 'event' && isAlarm(data)) {
    alarm = data
    unsaid = [...unsaid, data].slice(-alarmsSaidMax)
  }
  draw()
}

function changeLine(now) {
  if (now === 'lost' && line !== 'lost' && office.clock) lostAt = officeTime(office)
  line = now
  // Where this fails the line is failing too, and it is asked for again when that is back.
  if (now === 'live') fetchLampTable().catch(() => {})
  draw()
}

function togglePause() {
  pausedAt = pausedAt === undefined ? officeTime(office) : undefined
  drawPage()
}

function chooseLanguage(code) {
  words = dictionaries[code]
  rememberLanguage(code)
  applyWords()
  drawPage()
}

/** The words of the page that stand in `index.html` as `data-text="page.title"`. */
function applyWords() {
  document.documentElement.lang = words.code
  for (const element of document.querySelectorAll('[data-text]')) setText(element, wordAt(element.dataset.text))
  for (const element of document.querySelectorAll('[data-label]')) setAttribute(element, 'aria-label', wordAt(element.dataset.label))
  for (const button of document.querySelectorAll('[data-language]')) setAttribute(button, 'aria-pressed', String(button.dataset.language === words.code))
}

function wordAt(path) {
  return path.split('.').reduce((found, key) => found[key], words)
}

/** Many frames, one drawing. While paused the page stays as it was; the office is followed all the same. */
function draw() {
  if (drawing) return
  drawing = true
  setTimeout(() => {
    drawing = false
    if (pausedAt === undefined) drawPage()
  })
}

function drawPage() {
  if (formatFor !== `${words.code} ${office.timeZone}`) format = createFormat(words, office.timeZone)
  formatFor = `${words.code} ${office.timeZone}`
  drawState()
  drawSummary()
  drawTrouble()
  drawCards()
  drawLog()
  drawDemo()
  drawClock()
}

/** The time at which what is shown was so: now, or when the page stopped following. */
function shownTime() {
  return pausedAt ?? (line === 'lost' ? lostAt : undefined) ?? (office.broker.connected ? undefined : office.broker.since) ?? officeTime(office)
}

function drawState() {
  const brokerLost = line === 'live' && !office.broker.connected
  const stale = line === 'lost' || brokerLost
  const state = pausedAt !== undefined && !stale ? 'paused' : brokerLost ? 'lost' : line
  setAttribute(document.documentElement, 'data-line', state)
  setText(byId('line'), words.connection[state])
  const asOf = format.clock(shownTime())
  const lost = lostAt === undefined ? words.connection.neverThere : words.connection.lostAsOf(asOf)
  const message = line === 'lost' ? lost : brokerLost ? words.connection.brokerAsOf(asOf) : pausedAt === undefined ? '' : words.page.paused(asOf)
  setText(byId('banner'), message)
  setAttribute(byId('banner'), 'hidden', message === '')
  setText(byId('pause'), pausedAt === undefined ? words.page.pause : words.page.resume)
  setText(byId('alarm-time'), alarm ? format.clock(alarm.at) : '')
  setText(byId('alarm'), alarm ? words.alarm[alarm.type](alarm.desk) : words.page.noAlarm)
  setAttribute(byId('alarm-line'), 'data-alarm', alarm !== undefined)
  announce(line === 'lost' ? 'line' : brokerLost ? 'broker' : '')
  setText(byId('office'), office.name || words.page.title)
  document.title = [office.name, words.page.title].filter(Boolean).join(' – ')
}

/** Says each alarm once; and what is lost (the line, the hub's broker, or nothing), when that changes. */
function announce(loss) {
  if (loss !== lostBefore) say(loss === '' ? words.connection.back : byId('banner').textContent)
  else if (unsaid.length + unsaidTrouble.length > 0) {
    say([...unsaid.map((entry) => words.alarm[entry.type](entry.desk)), ...unsaidTrouble.map((alarm) => troubleWords(alarm, true))].join('; '))
  }
  lostBefore = loss
  unsaid = []
  unsaidTrouble = []
}

function drawSummary() {
  const { desks, ...figures } = summaryOf(office)
  const key = JSON.stringify([words.code, desks, figures])
  if (key === summaryShown) return
  summaryShown = key
  const [number, ...unit] = words.summary.desks(desks, format).split('\u00a0')
  const figure = (name, value, text) =>
    h('div', { 'data-figure': name, 'data-none': value === 0 }, h('dt', {}, text), h('dd', { class: 'figure' }, format.number(value)))
  const items = [
    h('div', { 'data-figure': 'desks' }, h('dt', {}, unit.join(' ')), h('dd', { class: 'figure' }, number)),
    ...Object.entries(figures).map(([name, value]) => figure(name, value, words.summary[name])),
  ]
  byId('summary').replaceChildren(...items)
}

/** What somebody should look after, as the hub sees it: the whole list, by shape and in words, for as long as it is so. */
function drawTrouble() {
  const key = JSON.stringify([words.code, office.timeZone, office.alarms])
  if (key === troubleShown) return
  troubleShown = key
  setAttribute(byId('trouble'), 'hidden', office.alarms.length === 0)
  setText(byId('trouble-count'), format.number(office.alarms.length))
  byId('trouble-list').replaceChildren(
    ...office.alarms.slice(0, troubleListed).map((alarm) => {
      const since = h('time', { datetime: new Date(alarm.since).toISOString() }, words.trouble.since(format.moment(alarm.since)))
      const tone = alarm.urgent ? 'attention' : 'technical'
      return h('li', { 'data-tone': tone }, eventMark(tone), h('span', {}, alarm.desk && h('b', {}, alarm.desk), alarm.desk && ' ', troubleWords(alarm)), since)
    }),
  )
  const more = office.alarms.length - troubleListed
  setAttribute(byId('trouble-more'), 'hidden', more <= 0)
  setText(byId('trouble-more'), more <= 0 ? '' : words.trouble.more(more, format))
}

function troubleWords({ kind, desk, detail }, named = false) {
  const sentence = (words.trouble.kinds[kind] ?? (() => words.trouble.other(kind)))(detail, format)
  return named && desk ? `${desk}: ${sentence}` : sentence
}

function drawCards() {
  const desks = sortedDesks(office)
  const wanted = JSON.stringify([words.code, office.timeZone, office.commands, office.demo?.actions, office.demo?.only, desks.map((desk) => desk.id)])
  if (wanted !== builtFor) {
    builtFor = wanted
    const view = { words, format, lampTable, demo: office.demo, commands: office.commands, act }
    const focused = document.activeElement?.closest?.('.card')
      ? [document.activeElement.closest('.card').dataset.desk, document.activeElement.dataset.action]
      : undefined
    cards = new Map(desks.map((desk) => [desk.id, createCard(desk.id, view)]))
    for (const card of cards.values()) setAttribute(card.element, 'data-desk', card.id)
    byId('cards').replaceChildren(...[...cards.values()].map((card) => card.element))
    if (focused) byId('cards').querySelector(`[data-desk="${focused[0]}"] [data-action="${focused[1]}"]`)?.focus()
  }
  const standIns = standInsOf(office)
  for (const desk of desks) cards.get(desk.id).update(desk, office, standIns.get(desk.id))
  setAttribute(byId('no-desks'), 'hidden', desks.length > 0)
  setAttribute(byId('cards'), 'data-few', desks.length <= fewDesks)
  drawLamps()
}

function drawLog() {
  const list = byId('log')
  const key = `${words.code} ${office.log[0]?.n ?? 0} ${office.log.at(-1)?.n ?? 0}`
  if (key === logNewest) return
  logNewest = key
  const entries = logOf(office).slice(0, logShown)
  list.replaceChildren(...entries.map((entry) => eventItem(entry, words, format, entry.desk)))
  setAttribute(byId('no-events'), 'hidden', entries.length > 0)
}

function drawDemo() {
  const { demo } = office
  setAttribute(byId('try'), 'hidden', demo === null)
  if (demo === null) return
  const example = sortedDesks(office)[0]?.id ?? ''
  const key = `${words.code} ${example} ${demo.speeds} ${demo.speed}`
  if (byId('try').dataset.key === key) return
  byId('try').dataset.key = key
  byId('steps').replaceChildren(...words.demo.steps.map((step) => h('li', {}, step(example))))
  setAttribute(byId('speed'), 'hidden', demo.speeds.length === 0)
  const choose = (speed) => () => act(undefined, 'speed', speed, `${words.demo.speed} ${words.demo.times(speed, format)}`)
  const had = document.activeElement?.dataset?.speed
  const button = (speed) =>
    h('button', { type: 'button', 'data-speed': speed, 'aria-pressed': String(speed === demo.speed), click: choose(speed) }, words.demo.times(speed, format))
  byId('speeds').replaceChildren(...demo.speeds.toSorted((one, other) => one - other).map(button))
  if (had) byId('speeds').querySelector(`[data-speed="${had}"]`)?.focus()
}

/** Sends one wish of a person and says what became of it, in the one line that is read out. */
async function act(desk, kind, name, label) {
  const paths = { demo: `/api/demo/${desk}/${name}`, command: `/api/desks/${desk}/commands/${name}`, speed: '/api/demo/speed' }
  const answer = await ask(paths[kind], kind === 'speed' ? { speed: name } : {})
  const what = desk === undefined ? label : `${desk}, ${label}`
  const why = words.answer.codes[answer.error?.code] ?? (words.code === 'en' && answer.error?.message ? answer.error.message : words.answer.other)
  const sentence = answer.ok ? words.answer.done(what) : words.answer.refused(what, why)
  setText(byId('answer'), sentence)
  setAttribute(byId('answer'), 'data-refused', !answer.ok)
  setAttribute(byId('answer'), 'hidden', false)
  clearTimeout(answerTimer)
  answerTimer = setTimeout(() => setAttribute(byId('answer'), 'hidden', true), answerShownMs)
  say(sentence)
}

/** The page's one live region: alarms, the state of the line, and answers to what a person asked for. Nothing else is read out unasked. */
function say(sentence) {
  setText(byId('said'), sentence)
}

function drawClock() {
  const now = shownTime()
  if (office.clock) {
    setText(byId('clock'), format.clock(officeTime(office)))
    setText(byId('date'), format.date(officeTime(office)))
  }
  for (const card of cards.values()) card.tick(now)
}

/** The lamps blink in real time, whatever the speed of a demonstration: faster would be a hazard. */
function drawLamps() {
  if (document.hidden) return
  const steady = stillness.matches || document.documentElement.dataset.line !== 'live'
  for (const card of cards.values()) card.lamp.draw(Date.now(), steady, office.demo?.lights?.[card.id])
}
