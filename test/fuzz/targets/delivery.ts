// What comes out of the network for users: parcels, acknowledgements, messages, and the text in them (PROTO s6, XEP-0373).
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodeParcel, parseParcel } from '../../../plugin/delivery/parcel.js'
import { encodeReply, parseReply } from '../../../plugin/delivery/reply.js'
import { parseSigncrypt } from '../../../plugin/gateway/signcrypt.js'
import { openMessage } from '../../../plugin/openpgp/message.js'
import { generateUserKey, isEncryptedTo, signDocument } from '../../../plugin/openpgp/index.js'
import { contactOf } from '../../../adapters/xmpp/parties.js'
import { today } from '../../_certificates.js'
import { keptVectors } from '../../vectors/generate.js'
import { messageAround, messagePackets } from '../raw-messages.js'
import { changedCounters } from '../changed-counters.js'
import { peerOf, startPair } from '../hostile-peer.js'
import { attempt, ensureSame, type Fuzzed } from '../target.js'

const [alice, bob] = ['alice@a.example', 'bob@b.example'].map(parseUserAddress) as [
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
]

const parcels: Fuzzed = {
  name: 'parcels',
  about: 'parcels with their vouchers',
  words: ['\x0falice@a.example', '\x01@', '\xff'.repeat(4), '\0'.repeat(16)],
  longest: 2400,
  few: 4000,
  open: () =>
    Promise.resolve({
      take: input =>
        attempt(async () => {
          const { parcel, voucher } = parseParcel(input)
          const written = await encodeParcel(parcel, () => Promise.resolve(voucher))
          ensureSame(
            input,
            Buffer.concat([written, Buffer.alloc(Math.max(0, input.length - written.length))]),
          )
          return `${parcel.kind}${parcel.label ? ' with a label' : ''}`
        }),
    }),
  async seeds() {
    const valid = await keptVectors('parcels', 'valid')
    return valid.map(({ parcel }) => Buffer.from(parcel, 'hex')).filter(({ length }) => length < 600)
  },
}

const replies: Fuzzed = {
  name: 'replies',
  about: 'acknowledgements',
  words: ['\0'.repeat(64)],
  longest: 2000,
  few: 1000,
  open: () =>
    Promise.resolve({
      take: input =>
        attempt(() => {
          const outcome = parseReply(input)
          ensureSame(input, Buffer.concat([encodeReply(outcome), Buffer.alloc(input.length - 1)]))
          return outcome
        }),
    }),
  seeds: () => Promise.resolve([Buffer.concat([encodeReply('shown'), Buffer.alloc(20)])]),
}

// The first octet says whether the rest is a whole message, or the packets inside one that is encrypted to the user.
const messages: Fuzzed = {
  name: 'messages',
  about: 'messages that are encrypted to a hosted user, and the packets in them',
  words: ['\xa3\x01', '\xa3\x02', '\xc8\xff', '\xcb', '\xd2', '\xc1\xc0L', '\x90\r\x03\0\n\x16'],
  longest: 20_000,
  few: 120,
  open() {
    const [to, from] = [generateUserKey(bob, today), generateUserKey(alice, today)]
    return Promise.resolve({
      take: input =>
        attempt(async () => {
          const [whole, rest] = [(input[0] ?? 0) % 2 === 0, input.subarray(1)]
          const message = whole ? rest : await messageAround(rest, to.certificate)
          const named = isEncryptedTo(message, to.certificate)
          const opened = await openMessage(message, to, from.certificate, today)
          return `${String(named)} ${opened === null ? 'for another' : 'opened'}`
        }),
    })
  },
  async seeds() {
    const from = generateUserKey(alice, today)
    const text = Buffer.from('text')
    const packets = await messagePackets(text, await signDocument(from, text, today))
    const whole = await messageAround(packets, generateUserKey(bob, today).certificate)
    return [Buffer.concat([Buffer.of(1), packets]), Buffer.concat([Buffer.of(0), whole])]
  },
}

const signcrypts: Fuzzed = {
  name: 'signcrypts',
  about: 'the element around a text (XEP-0373)',
  words: [
    "xmlns='urn:xmpp:openpgp:0'",
    "<to jid='bob@b.example'/>",
    '<body xmlns="jabber:client">',
    '&lt;',
    '<![CDATA[',
    '<!--',
  ],
  longest: 20_000,
  few: 2500,
  open: () =>
    Promise.resolve({
      take: input =>
        attempt(() => {
          parseSigncrypt(input, bob, contactOf)
          return 'read'
        }),
    }),
  seeds: () =>
    Promise.resolve(
      ["<to jid='bob@b.example'/>", "<to jid='bob\\40b.example@p3do.a.example'/><to jid='c@c.example'/>"].map(
        to =>
          Buffer.from(
            `<signcrypt xmlns='urn:xmpp:openpgp:0'>${to}<time stamp='2026-06-01T00:00:00Z'/><rpad>ab</rpad><payload><body xmlns='jabber:client'>hello &amp; more</body></payload></signcrypt>`,
          ),
      ),
    ),
}

const marks = ['message', 'labelled', 'mark', 'skip'] as const

// The first octet says of which kind it is: what a peer vouches for, with any payload.
const delivered: Fuzzed = {
  name: 'delivered',
  about: 'what a countersigned peer vouches for, of any payload',
  words: ['\x01m-1', '\x0f', '\x00', '\x85', '\xd2'],
  longest: 900,
  few: 30,
  async open() {
    const [log, servers] = await startPair()
    const peer = await peerOf(servers)
    await servers.elapse(peer.a.say('alice@a.example', null, 'help'))
    await servers.elapse(peer.b.say('bob@b.example', null, 'help'))
    await servers.elapse(peer.a.learns('bob@b.example'))
    let sequence = 0
    const send = async (kind: (typeof marks)[number], payload: Buffer): Promise<void> => {
      const head = { conversation: Buffer.alloc(16, 2), sequence, oldest: sequence, part: 0, parts: 1 }
      const to = { sender: bob, recipient: alice }
      const label = kind === 'labelled' ? { label: { id: 'm-1', asks: [] } } : {}
      sequence++
      const plain = kind === 'labelled' ? 'message' : kind
      await peer.deliver({
        ...head,
        ...to,
        ...label,
        kind: plain,
        payload: kind === 'skip' ? Buffer.alloc(0) : payload,
      })
    }
    return {
      async take(input) {
        const before = peer.a.counters.snapshot()
        await servers.elapse(send(marks[(input[0] ?? 0) % marks.length] ?? 'mark', input.subarray(1)))
        await servers.pass(60)
        log.ensureNoBug()
        return changedCounters(before, peer.a.counters.snapshot())
      },
      stop: () => servers.stop(),
    }
  },
  seeds: () =>
    Promise.resolve([
      Buffer.from('\x02\x01m-1'),
      Buffer.from('\x00text'),
      Buffer.from('\x01text'),
      Buffer.from('\x03'),
    ]),
}

export const deliveryTargets: readonly Fuzzed[] = [parcels, replies, messages, signcrypts, delivered]
