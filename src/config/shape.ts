import { type Fault, pathOf, shown } from './fault.ts'
import { nearestName } from './nearest.ts'

/** What a valibot schema says about itself, as far as this file needs it. */
export interface SchemaNode {
  readonly type: string
  readonly entries?: Readonly<Record<string, SchemaNode>>
  readonly item?: SchemaNode
  readonly wrapped?: SchemaNode
  readonly key?: string | SchemaNode
  readonly value?: SchemaNode
  readonly options?: readonly (SchemaNode | string)[]
  readonly literal?: unknown
}

type Keys = readonly (string | number)[]

/**
 * Walks a value beside its schema, before the schema judges it: names every unknown key with the nearest known one (valibot stops at the first), and
 * gives a bare number back its digits where the schema wants text. Returns the value to judge; what is unknown, empty or no group where a group belongs
 * is left out of it.
 */
export function readShape(schema: SchemaNode, value: unknown): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  const elsewhere = knownPaths(schema, [])
  return { value: walk(schema, value, []), faults }

  function walk(node: SchemaNode, given: unknown, keys: Keys): unknown {
    switch (node.type) {
      case 'optional':
      case 'exact_optional':
        return node.wrapped === undefined ? given : walk(node.wrapped, given, keys)
      case 'string':
        return typeof given === 'number' ? String(given) : given
      case 'array':
        return Array.isArray(given) ? given.map((each, place) => (node.item === undefined ? each : walk(node.item, each, [...keys, place]))) : given
      case 'record':
        return group(given, keys, (known) => mapGroup(known, keys, (key) => (key in Object.prototype ? undefined : node.value)))
      case 'strict_object':
        return group(given, keys, (known) => mapGroup(known, keys, (key) => ownEntry(node, key), node))
      case 'variant':
        return group(given, keys, (known) => {
          const option = optionOf(node, known)
          return option === undefined ? known : mapGroup(known, keys, (key) => ownEntry(option, key), option, node)
        })
      case 'union':
        return inUnion(node, given, keys)
      default:
        return given
    }
  }

  /** Of text or a group of keys, as `usc-14` and `{desk: usc-14}`, the one that was written. */
  function inUnion(node: SchemaNode, given: unknown, keys: Keys): unknown {
    const wanted = isGroup(given) ? 'strict_object' : 'string'
    const option = optionsOf(node).find(({ type }) => type === wanted)
    const hasGroup = optionsOf(node).some(({ type }) => type === 'strict_object')
    return option === undefined || !hasGroup ? given : walk(option, given, keys)
  }

  /** To valibot a list is an object, too; here it is a fault. */
  function group(given: unknown, keys: Keys, map: (given: Group) => Group): Group | undefined {
    if (isGroup(given)) return map(given)
    faults.push({ path: pathOf(keys), sentence: `must be a group of keys, not ${shown(given)}` })
    return undefined
  }

  function mapGroup(given: Group, keys: Keys, entryOf: (key: string) => SchemaNode | undefined, owner?: SchemaNode, family?: SchemaNode): Group {
    const mapped: [string, unknown][] = []
    for (const [key, each] of Object.entries(given)) {
      const entry = entryOf(key)
      const path = pathOf([...keys, key])
      if (entry === undefined) faults.push({ path, sentence: unknownKey(key, owner, family, given) })
      else if (each === null) faults.push({ path, sentence: 'has no value: write one, or leave the key out' })
      else mapped.push([key, walk(entry, each, [...keys, key])])
    }
    return Object.fromEntries(mapped.filter(([, each]) => each !== undefined))
  }

  function unknownKey(key: string, owner: SchemaNode | undefined, family: SchemaNode | undefined, given: Group): string {
    const known = Object.keys(owner?.entries ?? {})
    const discriminator = typeof family?.key === 'string' ? family.key : undefined
    if (discriminator !== undefined && familyHas(family, key)) return `does not belong to ${discriminator} ${shown(given[discriminator])}`
    const near = nearestName(key, known)
    if (near !== undefined) return `is not a key here; did you mean ${near}?`
    const other = elsewhere.find((path) => path.endsWith(`.${key}`))
    if (other !== undefined) return `is not a key here; did you mean ${other}?`
    return known.length === 0 ? 'is not a key here' : `is not a key here; the known keys are ${known.join(', ')}`
  }
}

type Group = Readonly<Record<string, unknown>>

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ownEntry(node: SchemaNode, key: string): SchemaNode | undefined {
  return node.entries !== undefined && Object.hasOwn(node.entries, key) ? node.entries[key] : undefined
}

function optionsOf(node: SchemaNode | undefined): readonly SchemaNode[] {
  return (node?.options ?? []).filter((option): option is SchemaNode => typeof option === 'object')
}

/** The variant that the discriminating key chooses. */
function optionOf(node: SchemaNode, given: Group): SchemaNode | undefined {
  const discriminator = typeof node.key === 'string' ? node.key : ''
  return optionsOf(node).find((option) => {
    const entry = option.entries?.[discriminator]
    return entry !== undefined && (entry.literal === given[discriminator] || (entry.options?.includes(given[discriminator] as string) ?? false))
  })
}

function familyHas(family: SchemaNode | undefined, key: string): boolean {
  return optionsOf(family).some((option) => ownEntry(option, key) !== undefined)
}

/** The paths of all keys of the schema, for a key that was written in the wrong place. */
function knownPaths(node: SchemaNode, keys: readonly string[]): string[] {
  if (node.wrapped !== undefined) return knownPaths(node.wrapped, keys)
  const entries = [node, ...optionsOf(node)].flatMap((each) => Object.entries(each.entries ?? {}))
  return entries.flatMap(([key, entry]) => [pathOf([...keys, key]), ...knownPaths(entry, [...keys, key])])
}
