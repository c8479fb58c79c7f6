// What the authority shows everyone: its certificate, who says that it is the domain's, and what was taken back.
import type { Clock, Domain, X509Publication, X509Store } from '../ports.js'
import type { Work } from '../work.js'
import { makeBinding } from './binding.js'
import type { X509Pair } from './certificates.js'
import type { OwnAuthority } from './own-authority.js'
import { listLifetime } from './lifetimes.js'
import type { Revoked } from './revocation-list.js'

export interface PublicationOptions {
  readonly domain: Domain
  readonly authority: OwnAuthority
  readonly store: X509Store
  /** Signs with the server's OpenPGP key. */
  readonly sign: (octets: Buffer) => Promise<Buffer>
  readonly work: Work
  readonly clock: Clock
}

export interface OwnPublication extends X509Publication {
  /** The next who asks gets what is true now. */
  changed(): void
}

// Whoever asks gets what was signed within a day, however many ask.
const freshFor = 86_400_000

export function createPublication(options: PublicationOptions): OwnPublication {
  const { domain, authority, sign, clock } = options
  const statement = kept(clock, authority, pair => makeBinding(domain, pair.certificate, sign, clock.now()))
  const list = kept(clock, authority, pair => signList(options, pair))
  return {
    certificate: async () => (await authority.existing())?.certificate ?? null,
    statement: statement.get,
    revocationList: list.get,
    changed() {
      statement.forget()
      list.forget()
    },
  }
}

async function signList({ store, work, clock }: PublicationOptions, pair: X509Pair): Promise<Buffer> {
  // RFC 5280 s3.3: a line stays until a list was made behind the certificate's end.
  const entries = await store.listX509(null, clock.now() - listLifetime)
  const revoked = entries.flatMap(({ serial, revoked: back }): Revoked[] =>
    back === null ? [] : [{ serial, revoked: back.time, reason: back.reason }],
  )
  return work.run('makeRevocationList', pair, revoked, clock.now())
}

interface Kept<Value> {
  get(): Promise<Value | null>
  forget(): void
}

function kept<Value>(
  clock: Clock,
  authority: OwnAuthority,
  make: (pair: X509Pair) => Promise<Value>,
): Kept<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | null = null
  return {
    async get() {
      const pair = await authority.existing()
      if (!pair) return null
      if (last === null || clock.now() - last.at > freshFor) {
        const made = { at: clock.now(), value: make(pair) }
        last = made
        made.value.catch(() => {
          if (last === made) last = null
        })
      }
      return last.value
    },
    forget: () => void (last = null),
  }
}
