// The four outcomes, over chains that the library makes itself; and answers that are too much.
import {
  DnsRecord,
  MockChain,
  Question,
  RrSet,
  SecurityStatus,
  type Message,
  type TrustAnchor,
} from '@relaycorp/dnssec'
import dnsPacket from 'dns-packet'
import t from 'tap'
import { securityOf } from '../../../adapters/dns/chain.js'
import type { Answer, Ask } from '../../../adapters/dns/exchange.js'

const name = '_p3do.a.example'
const question = new Question(`${name}.`, 'TXT', 'IN')
const record = new DnsRecord(`${name}.`, 'TXT', 'IN', 60, 'text')

interface Chain {
  readonly ask: Ask
  readonly trustAnchors: readonly TrustAnchor[]
}

async function chain(status: SecurityStatus): Promise<Chain> {
  const mock = await MockChain.generate('a.example.')
  const { resolver, trustAnchors } = mock.generateFixture(RrSet.init(question, [record]), status)
  return {
    trustAnchors,
    async ask(asked, type) {
      const full = asked === '.' ? asked : `${asked}.`
      return answerOf((await resolver(new Question(full, type as 'TXT', 'IN'))) as Message)
    },
  }
}

function answerOf(message: Message): Answer {
  const octets = Buffer.from(message.serialise())
  return { octets, packet: dnsPacket.decode(octets) }
}

async function judged({ ask, trustAnchors }: Chain): Promise<string> {
  return securityOf(ask, name, await ask(name, 'TXT'), trustAnchors, Date.now())
}

for (const [status, security] of [
  [SecurityStatus.SECURE, 'secure'],
  [SecurityStatus.INSECURE, 'insecure'],
  [SecurityStatus.BOGUS, 'bogus'],
  [SecurityStatus.INDETERMINATE, 'indeterminate'],
] as const) {
  t.test(security, async t => {
    t.equal(await judged(await chain(status)), security)
  })
}

/** The chain with some answers changed. */
function changed({ ask, trustAnchors }: Chain, type: string, change: (answer: Answer) => Answer): Chain {
  return {
    trustAnchors,
    ask: async (asked, wanted) => {
      const answer = await ask(asked, wanted)
      return wanted === type ? change(answer) : answer
    },
  }
}

const withAnswers = (answer: Answer, select: (all: dnsPacket.Answer[]) => dnsPacket.Answer[]): Answer => {
  const packet = { ...answer.packet, answers: select(answer.packet.answers ?? []) }
  const octets = dnsPacket.encode(packet)
  return { octets, packet: dnsPacket.decode(octets) }
}

t.test('texts without a signature in a zone that the parent says is signed are bogus', async t => {
  const stripped = changed(await chain(SecurityStatus.SECURE), 'TXT', answer =>
    withAnswers(answer, all => all.filter(({ type }) => type !== 'RRSIG')),
  )
  t.equal(await judged(stripped), 'bogus')
})

t.test('who takes the DS away is not noticed: absence is not proven', async t => {
  const stripped = changed(await chain(SecurityStatus.SECURE), 'DS', answer => withAnswers(answer, () => []))
  t.equal(await judged(stripped), 'insecure')
})

t.test('a DS that nobody signed is bogus', async t => {
  const stripped = changed(await chain(SecurityStatus.SECURE), 'DS', answer =>
    withAnswers(answer, all => all.filter(({ type }) => type !== 'RRSIG')),
  )
  t.equal(await judged(stripped), 'bogus')
})

t.test('a zone whose algorithms nobody here knows is as good as unsigned', async t => {
  const unknown = changed(await chain(SecurityStatus.SECURE), 'DS', answer =>
    withAnswers(answer, all =>
      all.map(one => (one.type === 'DS' ? { ...one, data: { ...one.data, algorithm: 12 } } : one)),
    ),
  )
  t.equal(await judged(unknown), 'insecure')
})

t.test('more keys or signatures than any zone has are not tried', async t => {
  for (const [type, kind] of [
    ['DNSKEY', 'DNSKEY'],
    ['TXT', 'RRSIG'],
  ] as const) {
    const excessive = changed(await chain(SecurityStatus.SECURE), type, answer =>
      withAnswers(answer, all => [
        ...all,
        ...Array.from({ length: 17 }, () => all.filter(one => one.type === kind)).flat(),
      ]),
    )
    t.equal(await judged(excessive), 'bogus', kind)
  }
})
