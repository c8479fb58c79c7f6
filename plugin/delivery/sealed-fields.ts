// What is kept of a message beside its payload, in both directions.
import * as v from 'valibot'
import { parseUserAddress } from '../addresses.js'

const address = v.pipe(v.string(), v.transform(parseUserAddress))

export const messageFields = {
  sender: address,
  recipient: address,
  kind: v.picklist(['message', 'skip', 'mark']),
  label: v.optional(
    v.strictObject({
      id: v.string(),
      asks: v.array(v.picklist(['receipt', 'markers'])),
      replaces: v.exactOptional(v.string()),
    }),
  ),
}
