// Reads values that came from another server and may be anything.
import * as v from 'valibot'
import { PluginError } from './errors.js'

/**
 * The value in its shape; called with every body of a request and of an answer.
 * @throws PluginError `bad-format`, which repeats nothing of the value: there may be keys in it, and it may be long
 */
export function parseReceived<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw new PluginError('bad-format', 'A peer sent something that is not of the shape that was asked for.')
}
