// What a restored server must not use again: it does not know what happened since the backup. Under new keys nothing can be replayed
// (PROTO s8.3); in new conversations no number is used twice (PROTO s6.2). Messages that waited keep their numbers: whoever has shown
// them since says so. Parts that came in may have been shown since; whoever sent them sends them again if not.
import { PluginError } from '../errors.js'
import { forgetContextKeys } from '../mor/index.js'
import {
  decodeServerKeys,
  encodeServerKeys,
  findUserId,
  forgetRoutingKeys,
  serverUserId,
} from '../openpgp/index.js'
import type { ContextStore, DeliveryStore, Domain } from '../ports.js'
import { createSealer } from '../sealer.js'

/**
 * Forgets the keys of contexts and the numbers of conversations in the store, and the routing keys in the server's key file; the next
 * start makes new ones.
 * The authority and the keys of users stay. Resolves to the new content of the key file.
 * @throws PluginError `secret-missing` where a key or the seal key is not that of the store, `backup-invalid` for another domain's
 */
export async function forgetUsedState(
  domain: Domain,
  keyFile: Buffer,
  store: ContextStore & DeliveryStore,
  sealKey: Buffer,
): Promise<Buffer> {
  const keys = decodeServerKeys(keyFile)
  if (!keys.every(({ certificate }) => findUserId(certificate, serverUserId(domain))))
    throw new PluginError(
      'backup-invalid',
      'The backup holds the key of another domain; nothing was restored.',
    )
  await forgetContextKeys(store, createSealer(sealKey))
  await store.forgetConversations()
  return encodeServerKeys(keys.map(forgetRoutingKeys))
}
