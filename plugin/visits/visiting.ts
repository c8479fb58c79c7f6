// How a visit begins, goes on and ends: what the commands of visitors do, and what their OX clients sign.
import { domainOf } from '../addresses.js'
import { FieldError, PluginError } from '../errors.js'
import { parseMailboxText } from '../identity/index.js'
import { readArmor, readSignedText, type UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, Random, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { createVisitChallenges, type VisitChallenges } from './challenges.js'
import { importKey } from './import-key.js'
import { readMessage } from './message-proof.js'
import { encodeProof, longestSignature, verifyProof } from './proof.js'
import type { Visits } from './registry.js'
import { encodeVisitStatement, longestVisit, type VisitStatement } from './statement.js'
import type { Visit } from './visit.js'
import { ensureVisitor } from './visitor.js'
import { otherText, signatureField, wrongSignature } from './wrong-signature.js'
import { asked, begunWords, leftWords, noVisit, stateWords } from './words.js'
import { minuteInWords } from '../time-words.js'

export interface VisitingOptions {
  readonly domain: Domain
  readonly visits: Visits
  readonly directory: Pick<Directory, 'server' | 'known' | 'mailbox' | 'keepUser'>
  /** The plugin's own address, and its key, to which OX clients encrypt. */
  readonly address: UserAddress
  readonly ownKey: () => Promise<UserKey>
  /** Servers that can be reached now. */
  readonly reachable: () => readonly Domain[]
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
}

/** Each answers in words. @throws FieldError, PluginError `visit-refused` */
export interface Visiting {
  describe(account: UserAddress): Promise<string>
  /** Asks for a signature. */
  begin(account: UserAddress, user: UserAddress): Promise<string>
  /** Takes the signature, as it was pasted. */
  sign(account: UserAddress, pasted: string): Promise<string>
  /** Takes the signature in a message as OX clients encrypt it to the plugin. `null` where nothing is to be signed. */
  takeMessage(account: UserAddress, sealed: Buffer): Promise<string | null>
  /** Takes the exported key, or the exported mailbox key, and its passphrase. */
  import(account: UserAddress, file: string, passphrase: string): Promise<string>
  /** Takes the opened copy of the mailbox key, as it was pasted. */
  mailbox(account: UserAddress, pasted: string): Promise<string>
  end(account: UserAddress): Promise<string>
}

export function createVisiting(options: VisitingOptions): Visiting {
  const { visits, clock, random } = options
  const challenges = createVisitChallenges(clock, random)
  return {
    describe: account => Promise.resolve(stateWords(visits.byAccount(account))),
    begin: (account, user) => begin(options, challenges, account, user),
    sign: (account, pasted) => sign(options, challenges, account, pasted),
    takeMessage: (account, sealed) => takeMessage(options, challenges, account, sealed),
    async import(account, file, passphrase) {
      const visit = await importKey({ ...options, statementFor: newStatement }, account, file, passphrase)
      challenges.done(account)
      return begun(options, visit)
    },
    mailbox: (account, pasted) => bringMailbox(options, account, pasted),
    async end(account) {
      if (!(await visits.end(account, 'asked'))) throw new PluginError('visit-refused', noVisit)
      return 'The visit is over, and what was brought to it is forgotten. What you sent still goes out; nothing more is received here.'
    },
  }
}

const addressField = { name: 'address', label: 'Address' }

/** What a user is asked to sign, or what is signed for him. */
function newStatement(
  { domain, clock }: Pick<VisitingOptions, 'domain' | 'clock'>,
  user: UserAddress,
  key: VisitStatement['key'],
): Omit<VisitStatement, 'nonce'> {
  const from = Math.floor(clock.now() / 1000) * 1000
  return { user, key, server: domain, from, until: from + longestVisit }
}

async function begin(
  options: VisitingOptions,
  challenges: VisitChallenges,
  account: UserAddress,
  user: UserAddress,
): Promise<string> {
  const { fingerprint } = await ensureVisitor(options, user, addressField)
  options.visits.ensureRoom(account, user)
  const statement = challenges.ask(account, newStatement(options, user, fingerprint))
  const mailbox = await options.directory.mailbox(user)
  return asked(statement, mailbox?.copy ?? null, options.reachable().includes(domainOf(user)))
}

async function sign(
  options: VisitingOptions,
  challenges: VisitChallenges,
  account: UserAddress,
  pasted: string,
): Promise<string> {
  const statement = challenges.open(account)
  if (!statement)
    throw wrongSignature(
      'nothing is to be signed, or it was too late. Write "visit begin" and your address, and sign what comes.',
    )
  return take(options, challenges, { account, statement }, readProof(statement, pasted))
}

async function takeMessage(
  options: VisitingOptions,
  challenges: VisitChallenges,
  account: UserAddress,
  sealed: Buffer,
): Promise<string | null> {
  const statement = challenges.open(account)
  if (!statement) return null
  return take(options, challenges, { account, statement }, await readMessage(options, statement, sealed))
}

interface Asked {
  readonly account: UserAddress
  readonly statement: VisitStatement
}

async function take(
  options: VisitingOptions,
  challenges: VisitChallenges,
  { account, statement }: Asked,
  proof: Buffer,
): Promise<string> {
  const certificate = await ensureVisitor(options, statement.user, signatureField)
  try {
    await verifyProof(options.work, proof, statement.user, certificate, options.clock.now())
  } catch (error) {
    if (!(error instanceof PluginError) || error.code !== 'bad-format') throw error
    challenges.failed(account)
    throw wrongSignature('it is not signed by the key that is asked for, or not what was asked for last.')
  }
  // Once, also when the same comes twice at a time.
  if (challenges.open(account) !== statement) throw wrongSignature('this was signed and taken already.')
  challenges.done(account)
  const { user, until } = statement
  const visit = { user, account, fingerprint: certificate.fingerprint, proof, until, certificate: null }
  return begun(options, { ...visit, key: null, mailbox: null })
}

function readProof(statement: VisitStatement, pasted: string): Buffer {
  const text = readSignedText(pasted)
  const signature = readArmor(pasted, 'SIGNATURE')
  if (signature === null)
    throw wrongSignature(
      'there is no signature in it. Send all of what gpg --clearsign wrote, from BEGIN PGP SIGNED MESSAGE to END PGP SIGNATURE.',
    )
  if (text !== null && text.trim() !== encodeVisitStatement(statement)) throw wrongSignature(otherText)
  const proof = signature.length > longestSignature ? null : encodeProof({ ...statement, signature })
  if (proof === null) throw wrongSignature('the signature is too long. Sign with one key.')
  return proof
}

async function bringMailbox(
  { visits, directory }: VisitingOptions,
  account: UserAddress,
  pasted: string,
): Promise<string> {
  const visit = visits.byAccount(account)
  if (!visit) throw new PluginError('visit-refused', noVisit)
  const known = await directory.mailbox(visit.user)
  const mailbox = known && parseMailboxText(pasted, known.key)
  if (!mailbox)
    throw new FieldError(
      'line',
      'Line: this is not the mailbox key of your certification. Send the line that begins with "P3DO mailbox key", as gpg --decrypt shows it.',
    )
  const changed = await visits.begin({ ...visit, mailbox })
  return ['Your mailbox key is here.', leftWords(changed)].join('\n')
}

// One that a TLS certificate began may last longer than what is signed now.
async function begun({ visits, reachable }: VisitingOptions, given: Visit): Promise<string> {
  const before = visits.byAccount(given.account)
  const until = before?.user === given.user ? Math.max(before.until, given.until) : given.until
  const visit = await visits.begin({ ...given, until })
  return begunWords(visit, reachable().includes(domainOf(visit.user)), minuteInWords(visit.until))
}
