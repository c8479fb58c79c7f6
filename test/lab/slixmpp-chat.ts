// A device of a user with a second stock client, slixmpp: it gets copies of what his other devices send and get (XEP-0280).
import { join } from 'node:path'
import { createInbox, type Inbox } from './inbox.js'
import type { LabUser } from './network.js'
import { startSlixmpp } from './slixmpp-process.js'

export interface Device {
  /** Full address. */
  readonly address: string
  /** Every stanza that came, as text. */
  readonly stanzas: Inbox<string>
  /** Sends a stanza as it is written. */
  send(stanza: string): void
  /** Asks, and resolves with the answer. */
  ask(type: 'get' | 'set', to: string, child: string): Promise<string>
  stop(): Promise<void>
}

let asked = 0

/**
 * Logs in, and is online when it resolves; rejects with what the server says where it may not.
 * @param resource names the device
 * @param certificate a file by which to log in instead of the password, PEM, its key behind it
 */
export async function startDevice(
  folder: string,
  user: LabUser,
  resource: string,
  certificate?: string,
): Promise<Device> {
  const stanzas = createInbox<string>('stanza')
  const online = createInbox<string>('log-in')
  const own = { ...user, address: `${user.address}/${resource}` }
  const client = await startSlixmpp(
    'slixmpp_chat.py',
    join(folder, `${user.address}-${resource}`),
    own,
    said => {
      if ('stanza' in said) stanzas.add(String(said.stanza))
      if ('online' in said) online.add(String(said.online))
    },
    certificate,
  )
  const address = await Promise.race([online.waitFor(() => true), client.unexpectedEnd])
  return {
    address,
    stanzas,
    send: stanza => {
      client.say({ send: stanza })
    },
    ask(type, to, child) {
      const id = `asked-${String(++asked)}`
      client.say({ send: `<iq type='${type}' id='${id}' to='${to}'>${child}</iq>` })
      return stanzas.waitFor(text => text.startsWith('<iq') && text.includes(`id="${id}"`))
    },
    stop: () => client.stop(),
  }
}
