// Who may visit: users of trusted servers whose keys are known here and trusted now, whether their own servers answer or not.
import { domainOf } from '../addresses.js'
import { FieldError } from '../errors.js'
import type { Certificate } from '../openpgp/index.js'
import { distrustWords, type Directory } from '../pki/index.js'
import type { Domain, UserAddress } from '../ports.js'

export interface VisitorOptions {
  readonly domain: Domain
  readonly directory: Pick<Directory, 'server' | 'known'>
}

/**
 * The certificate of a user who may visit.
 * @param field the one that is wrong when the user may not
 * @throws FieldError that says why not and what to do
 */
export async function ensureVisitor(
  { domain, directory }: VisitorOptions,
  user: UserAddress,
  field: { readonly name: string; readonly label: string },
): Promise<Certificate> {
  const wrong = (words: string): FieldError => new FieldError(field.name, `${field.label}: ${words}`)
  const home = domainOf(user)
  if (home === domain)
    throw wrong('this is a user of this server, who needs no visit here; log in with that account.')
  const known = await directory.known(user)
  if ((await directory.server(home)) === null) throw wrong(known ? homeUntrusted : homeUnknown)
  if (!known) throw wrong(userUnknown)
  if (known.doubt !== null)
    throw wrong(
      `the key of this user is not trusted: ${distrustWords('user', known.doubt)}. Nobody can visit with it.`,
    )
  return known.certificate
}

const homeUnknown =
  'the server of this address is not known here, so nobody here can tell who you are. Ask the admin of this server to add it, or visit a server that knows it.'
const homeUntrusted =
  'the server of this address is not trusted here now, so nobody here can tell who you are. Ask the admin of this server.'
const userUnknown =
  'no key of this user is known here. Check the address; a key that its server made while it could not reach this one is not known yet, and comes with "visit import" alone.'
