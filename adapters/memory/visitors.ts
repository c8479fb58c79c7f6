// Visitors on the in-process host: whoever brings a certificate is let in as its account, if the plugin likes it.
import { parseUserAddress } from '../../plugin/addresses.js'
import type { Domain, Reception, UserAddress, VisitorLink } from '../../plugin/ports.js'

export interface MemoryVisitors extends VisitorLink {
  /** Somebody logs in with a certificate; resolves with the account, rejects with the plugin's reason. */
  logIn(certificate: Buffer): Promise<UserAddress>
  /** Accounts that are logged in. */
  readonly present: ReadonlySet<UserAddress>
}

export function createMemoryVisitors(domain: Domain): MemoryVisitors {
  const present = new Set<UserAddress>()
  let reception: Reception | null = null
  return {
    present,
    receive: given => void (reception = given),
    close: account => Promise.resolve(void present.delete(account)),
    async logIn(certificate) {
      if (!reception) throw new Error('The plugin receives nobody.')
      const user = await reception.recognise(certificate)
      const account = parseUserAddress(`${user.replace('@', '\\40')}@${domain}`)
      await reception.welcome(certificate, account)
      present.add(account)
      return account
    },
  }
}
