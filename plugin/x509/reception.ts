// Visits that begin by a TLS client certificate, and end when that, or the visitor's OpenPGP key, counts no more.
import { PluginError } from '../errors.js'
import type { Cancel, Clock, Log, UserAddress, VisitorLink } from '../ports.js'
import { every } from '../repeat.js'
import type { Visit, Visits } from '../visits/index.js'
import type { PeerAuthorities } from './peer-authorities.js'
import { VisitorRefused, type Visitor, type VisitorRefusal } from './visitors.js'
import { minuteInWords } from '../time-words.js'

export interface ReceptionOptions {
  readonly link: VisitorLink
  readonly verify: (certificate: Buffer) => Promise<Visitor>
  readonly visits: Visits
  readonly authorities: Pick<PeerAuthorities, 'onNews'>
  /** Tells an account something as the plugin. @throws PluginError `host-unreachable` */
  readonly tell: (account: UserAddress, words: string) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

const lookEvery = 10 * 60_000
// What only time has done to a certificate ends the visit at its time.
const final: readonly VisitorRefusal[] = ['revoked', 'key-revoked', 'key-untrusted', 'home-untrusted']

/** Receives whom the host asks about, and looks again when something new is known of an authority, and every ten minutes. */
export function startReception(options: ReceptionOptions): Cancel {
  const { link, verify, visits, authorities, clock } = options
  link.receive({
    recognise: async certificate => (await verify(certificate)).user,
    async welcome(certificate, account) {
      const visitor = await verify(certificate)
      // Once she has signed for herself, her word counts for as long as it says.
      const running = visits.byAccount(account)
      const until = running?.user === visitor.user && running.proof !== null ? running.until : visitor.until
      const nothing = { key: null, mailbox: null, proof: null }
      const visit = await visits.begin({ ...visitor, ...nothing, account, certificate, until })
      await tellStep(options, visit)
    },
  })
  const look = async (): Promise<void> => {
    for (const visit of visits.all()) await lookAgain(options, visit)
  }
  const stopLooking = every(clock, lookEvery, look)
  authorities.onNews(() => void look())
  const stopWatching = visits.onChange((visit, change) => {
    // Whoever ended it, or goes on elsewhere, may read what was said about that.
    if (visit.certificate !== null && ['revoked', 'expired'].includes(change)) void logOut(options, visit)
  })
  return () => {
    stopLooking()
    stopWatching()
  }
}

// The visit holds without the words; the command says the same.
async function tellStep(
  { tell, log }: ReceptionOptions,
  { user, account, until, proof }: Visit,
): Promise<void> {
  const welcome = `Welcome. You are visiting as ${user}, until ${minuteInWords(until)}.`
  const step =
    'One step is left before you can write and be found: "visit import" with your exported key, or "visit sign" with a signature by it. "visit" shows how.'
  try {
    await tell(account, proof === null ? `${welcome} ${step}` : welcome)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    log.info({ err: error }, 'A visitor could not be welcomed.')
  }
}

async function lookAgain({ verify, visits, log }: ReceptionOptions, visit: Visit): Promise<void> {
  if (visit.certificate === null) return
  try {
    await verify(visit.certificate)
  } catch (error) {
    if (!(error instanceof VisitorRefused)) {
      log.error({ err: error }, 'The certificate of a visitor could not be looked at again; trying later.')
      return
    }
    if (!final.includes(error.refusal)) return
    log.info(
      { refusal: error.refusal },
      'A visit ends, because the certificate by which it began counts no more.',
    )
    await visits.end(visit.account, 'revoked')
  }
}

async function logOut({ link, log }: ReceptionOptions, { account }: Visit): Promise<void> {
  try {
    await link.close(account)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    log.warn({ err: error }, 'A visitor whose visit is over may still be logged in.')
  }
}
