import * as v from 'valibot'

/** A payload as its schema has it; `undefined` for what is empty, is no JSON, or has another form. */
export function readPayload<Value>(schema: v.GenericSchema<unknown, Value>, payload: Buffer): Value | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(payload.toString()))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
