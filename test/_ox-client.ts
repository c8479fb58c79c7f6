// A client that knows OX, at a host of the in-process network: it has its user's key and puts it on his account.
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import { encodeSigncrypt, parseSigncrypt } from '../plugin/gateway/signcrypt.js'
import { generateUserKey, parseCertificate, type UserKey } from '../plugin/openpgp/index.js'
import { openMessage, sealMessage } from '../plugin/openpgp/message.js'
import type { ShownKey, UserAddress } from '../plugin/ports.js'
import type { MemoryServer } from './_memory-servers.js'

export interface OxClient {
  readonly user: UserAddress
  readonly key: UserKey
  /** Puts the key, or other octets under its fingerprint, on the account. */
  publish(octets?: Buffer): void
  /** What the last message says that was encrypted to the key; checks the signature as clients do. */
  read(): Promise<{ from: UserAddress | null; text: string }>
  /** Encrypts in the client and sends. @param to as a client with another idea of the contact's address would name him */
  write(contact: UserAddress, text: string, to?: UserAddress): Promise<void>
  /** Asks for custody `client` and answers with the code. */
  takeCustody(): Promise<void>
}

/**
 * @param now milliseconds; the key is as old
 * @param account where the client is logged in; the user's own unless he visits
 */
export function createOxClient(
  server: MemoryServer,
  address: string,
  now: number,
  key?: UserKey,
  account: UserAddress = parseUserAddress(address),
): OxClient {
  const user = parseUserAddress(address)
  const own = key ?? generateUserKey(user, now)
  const { host } = server
  const client: OxClient = {
    user,
    key: own,
    publish: octets => {
      host.accounts.put(account, shownKey(own, now, octets))
    },
    async read() {
      const message = server.shown.findLast(item => item.user === account && item.sealed)
      if (!message?.sealed) throw new Error('Nothing encrypted came.')
      const sender = parseCertificate((await host.keyOf(message.contact)).certificate)
      const opened = await openMessage(message.sealed, own, sender, server.now())
      if (!opened) throw new Error('It is not for this key.')
      return { from: message.contact, text: parseSigncrypt(opened, user, () => null) }
    },
    async write(contact, text, to = contact) {
      const recipient = parseCertificate((await host.keyOf(contact)).certificate)
      const content = encodeSigncrypt(to, text, server.now(), systemRandom)
      const sealed = await sealMessage(content, own, recipient, server.now())
      await host.say({ user: account, contact, body: 'This message is encrypted.', sealed })
    },
    async takeCustody() {
      await server.say(account, null, 'custody client')
      const [code = ''] = /[0-9a-f]{16}/u.exec((await client.read()).text) ?? []
      await server.say(account, null, `custody client ${code}`)
    },
  }
  return client
}

function shownKey({ certificate }: UserKey, changed: number, octets?: Buffer): ShownKey {
  return { fingerprint: certificate.fingerprint, certificate: octets ?? certificate.octets, changed }
}
