import type { DeskView, LogEntry } from '../../src/hub/office.ts'

/** The page's own modules. They are plain JavaScript for a browser; those without a drawing run here as well. */

type Words = Readonly<Record<string, unknown>>

/** What sentences are written with (`dashboard/i18n/index.js`). */
export interface Format {
  clock(wall: number | string): string
  hour(wall: number | string): string
  ordinal(n: number): string
  count(n: number, forms: Readonly<Record<string, string>>): string
  span(ms: number | undefined): string
  timer(ms: number): string
}

export interface Dictionary extends Words {
  readonly code: string
  readonly event: Readonly<Record<string, (data: object, format: Format) => string>>
  readonly lamp: Readonly<Record<string, string>>
  readonly reason: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly alarm: Readonly<Record<string, (desk: string) => string>>
  readonly trouble: { readonly kinds: Readonly<Record<string, (detail: object, format: Format) => string>> }
  readonly desk: { readonly lease: Readonly<Record<string, string>>; readonly warden: Readonly<Record<string, string>> }
  readonly demo: { readonly actions: Readonly<Record<string, string>> }
}

export interface PageOffice {
  readonly desks: ReadonlyMap<string, DeskView>
  readonly log: readonly LogEntry[]
  readonly warden: readonly object[]
  readonly demo: { readonly lights: Readonly<Record<string, unknown>> } | null
}

interface Model {
  newAlarms(before: readonly object[], after: readonly object[]): readonly object[]
  emptyOffice(): PageOffice
  takeFrame(office: PageOffice, type: string, data: unknown, heardAt: number): PageOffice
  phoneState(desk: object): { readonly kind: string; readonly call?: { readonly id: string }; readonly second?: { readonly id: string } }
  forwardingOf(desk: object, office: PageOffice): object
  standInsOf(office: PageOffice): ReadonlyMap<string, readonly string[]>
  logOf(office: PageOffice): LogEntry[]
  sortedDesks(office: PageOffice): DeskView[]
  summaryOf(office: PageOffice): Readonly<Record<string, number>>
  isAlarm(entry: { readonly type: string; readonly data: object }): boolean
  toneOf(entry: { readonly type: string; readonly data: object }): string
}

async function load<Module>(file: string): Promise<Module> {
  return (await import(new URL(`../../dashboard/${file}`, import.meta.url).href)) as Module
}

export const { dictionaries, createFormat } = await load<{
  readonly dictionaries: { readonly pl: Dictionary; readonly en: Dictionary }
  readonly createFormat: (dictionary: Dictionary, timeZone: string) => Format
}>('i18n/index.js')

export const model = await load<Model>('model.js')
