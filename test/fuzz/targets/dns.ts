// What a resolver answers, who may be anybody on the way: packets, texts in them, and whether they are signed (RFC 1035).
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import dnsPacket from 'dns-packet'
import { createDnsLookup } from '../../../adapters/dns/index.js'
import { today } from '../../_certificates.js'
import { attempt, type Fuzzed } from '../target.js'

const name = '_p3do.b.example'
const headLength = 4
const mistakes = [TypeError, RangeError, ReferenceError, SyntaxError]

// The first octet of an input says what is asked; the flags of the answer and all behind its head are the input.
const answers: Fuzzed = {
  name: 'answers',
  about: 'answers of a resolver',
  words: [
    '\xc0\x0c',
    '\xc0\x00',
    '\x00\x10\x00\x01',
    '\x00\x2e',
    '\x00\x30',
    '\x00\x2b',
    '\x00\x29',
    '\x05_p3do\x01b\x07example\x00',
    '\xff\xff',
    '\x3f',
    '\x40',
  ],
  longest: 20_000,
  few: 200,
  async open() {
    let answer: Buffer = Buffer.alloc(0)
    const server = createServer(socket => void answerOnce(socket, () => answer))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // Nobody listens on UDP there, which is known at once.
    const dns = createDnsLookup({
      resolver: `127.0.0.1:${String(port)}`,
      trustAnchors: [],
      clock: { now: () => today },
    })
    const asks = [
      async () => (await dns.texts(name)).security,
      async () => `${String((await dns.octets(name, 'CERT')).length)} records`,
      async () => `${String((await dns.octets(name, 'OPENPGPKEY')).length)} records`,
      async () => `${String((await dns.octets(name, 'SRV')).length)} records`,
    ]
    return {
      take(input) {
        answer = input.subarray(1)
        return attempt(() => honestly(asks[(input[0] ?? 0) % asks.length] ?? (() => Promise.resolve(''))))
      },
      async stop() {
        server.close()
        await once(server, 'close')
      },
    }
  },
  seeds: () =>
    Promise.resolve([
      seed(0, [{ type: 'TXT', name, data: ['v=P3DO1; st=active; fpr=04', 'abab'] }]),
      seed(0, [{ type: 'TXT', name, data: 'x' }, signature('TXT')]),
      seed(1, [{ type: 'CERT', name, data: Buffer.of(0, 6, 0, 0, 0, 1, 2) }]),
      seed(2, [{ type: 'UNKNOWN_61', name, data: Buffer.alloc(60, 7) }]),
      seed(3, [{ type: 'SRV', name, data: { priority: 1, weight: 2, port: 443, target: 'keys.b.example' } }]),
    ]),
}

// Every failure becomes one error; what was behind it tells a bad answer from a mistake.
async function honestly(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask()
  } catch (error) {
    const found = causesOf(error).find(cause => mistakes.some(kind => cause instanceof kind))
    if (found) throw found as Error
    throw error
  }
}

function causesOf(error: unknown): unknown[] {
  if (error instanceof AggregateError) return error.errors.flatMap(causesOf)
  return error instanceof Error && error.cause !== undefined ? [error, ...causesOf(error.cause)] : [error]
}

// Number and question are those of whoever asks: without them an answer is nobody's.
async function answerOnce(socket: Socket, answer: () => Buffer): Promise<void> {
  socket.on('error', () => socket.destroy())
  const [query] = (await once(socket, 'data')) as [Buffer]
  const input = answer()
  const id = query.subarray(2, headLength)
  const question = query.subarray(14, query.indexOf(0, 14) + 5)
  const octets = Buffer.concat([id, input.subarray(0, 10), question, input.subarray(10)])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length & 0xffff)
  socket.end(Buffer.concat([length, octets]))
}

function seed(question: number, records: readonly object[]): Buffer {
  const questions = [{ type: 'TXT' as const, name }]
  const octets = dnsPacket.encode({
    type: 'response',
    flags: 0x0190,
    questions,
    answers: records as dnsPacket.Answer[],
  })
  const end = octets.indexOf(0, 12) + 5
  return Buffer.concat([Buffer.of(question), octets.subarray(2, 12), octets.subarray(end)])
}

function signature(typeCovered: string): object {
  const times = { originalTTL: 60, expiration: today / 1000 + 1000, inception: today / 1000 - 1000 }
  const signed = { keyTag: 1, signersName: 'b.example', signature: Buffer.alloc(64, 3) }
  return { type: 'RRSIG', name, data: { typeCovered, algorithm: 13, labels: 3, ...times, ...signed } }
}

export const dnsTargets: readonly Fuzzed[] = [answers]
