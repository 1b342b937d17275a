import { frames } from './model.js'

/* The line to the hub: server-sent events, opened again by the browser or, where it gives up, by us. */

/** The hub pings every 15 s; a line that is silent for longer than two of them is dead, whatever the browser thinks. */
const silenceMaxMs = 40_000
const retryMs = 3000

/** Tells each frame, and when the line is lost or live. */
export function openConnection({ onFrame, onLost, onLive }) {
  let source
  let heardAt = performance.now()
  let live = false
  const open = () => {
    heardAt = performance.now()
    source = new EventSource('/api/events')
    const mine = source
    for (const type of frames) {
      mine.addEventListener(type, (message) => {
        heardAt = performance.now()
        onFrame(type, JSON.parse(message.data), heardAt)
        if (live) return
        live = true
        onLive()
      })
    }
    mine.onopen = () => {
      heardAt = performance.now()
    }
    mine.onerror = () => {
      lost()
      if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === source && open(), retryMs)
    }
  }
  const lost = () => {
    live = false
    onLost()
  }
  setInterval(() => {
    if (performance.now() - heardAt < silenceMaxMs) return
    source.close()
    lost()
    open()
  }, 5000)
  open()
}

/** Asks the hub for something; resolves to its answer in any case. */
export async function ask(path, body = {}) {
  try {
    const headers = { 'content-type': 'application/json', 'x-third-ring': '1' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return await response.json()
  } catch {
    return { ok: false, error: { code: 'NO_CONNECTION', message: '' } }
  }
}
