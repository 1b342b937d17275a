import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** One file of the page, as it is sent. */
export interface StaticFile {
  readonly type: string
  readonly etag: string
  readonly body: Buffer
}

const javascript = 'text/javascript; charset=utf-8'

/** The whole page. A request can name nothing else, so no path ever reaches the disk. */
const pageFiles = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/app.js': { file: 'app.js', type: javascript },
  '/card.js': { file: 'card.js', type: javascript },
  '/connection.js': { file: 'connection.js', type: javascript },
  '/dom.js': { file: 'dom.js', type: javascript },
  '/icons.js': { file: 'icons.js', type: javascript },
  '/lamp.js': { file: 'lamp.js', type: javascript },
  '/model.js': { file: 'model.js', type: javascript },
  '/i18n/index.js': { file: 'i18n/index.js', type: javascript },
  '/i18n/pl.js': { file: 'i18n/pl.js', type: javascript },
  '/i18n/en.js': { file: 'i18n/en.js', type: javascript },
  '/icon.svg': { file: 'icon.svg', type: 'image/svg+xml' },
} as const

/** `dashboard/` of this package: beside `src/` in a checkout, beside `dist/` when built. */
const dashboard = new URL('../../../dashboard/', import.meta.url)

/** Reads the page once; it is a few dozen kilobytes. */
export async function readPageFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = Object.entries(pageFiles).map(async ([path, { file, type }]) => {
    const body = await readFile(new URL(file, dashboard))
    return [path, { type, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }] as const
  })
  return new Map(await Promise.all(entries))
}
