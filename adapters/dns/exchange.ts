// One question to a resolver: over UDP, and over TCP where the answer does not fit (RFC 1035, RFC 6891, RFC 7766).
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6, type Socket } from 'node:net'
import dnsPacket from 'dns-packet'

/** A decoded answer, and its octets. */
export interface Answer {
  readonly octets: Buffer
  readonly packet: dnsPacket.DecodedPacket
}

/** Asks the first resolver that answers. Rejects where there is no good answer in time. */
export type Ask = (name: string, type: string) => Promise<Answer>

const patience = { udp: 1500, tcp: 4000 }
const lengthOctets = 2
// RFC 6891 s6.2.5, and small enough that no network cuts it into pieces.
const udpSize = 1232
const codes = { good: 0, notFound: 3 }

/**
 * @param servers addresses with or without a port, the best first
 * @param type the library's name of the type
 */
export async function askOneOf(servers: readonly string[], name: string, type: string): Promise<Answer> {
  const failures: unknown[] = []
  for (const server of servers) {
    try {
      return await ask(server, name, type)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, 'No resolver answers.')
}

async function ask(server: string, name: string, type: string): Promise<Answer> {
  const query = encodeQuery(name, type)
  const { hostname, port } = new URL(`tcp://${bracketed(server)}`)
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 53 : port) }
  const short = await overUdp(place, query).catch(() => null)
  const answer = short === null || short.packet.flag_tc ? await overTcp(place, query) : short
  const code = (answer.packet.flags ?? 0) & 0xf
  if (code !== codes.good && code !== codes.notFound) throw new Error(`DNS answered with code ${code}.`)
  return answer
}

interface Query {
  readonly id: number
  readonly name: string
  readonly octets: Buffer
}

interface Place {
  readonly host: string
  readonly port: number
}

// RFC 4035 s3.2.2, s4.9.1: signatures are wanted, and checked here, so also those that the resolver finds wrong.
function encodeQuery(name: string, type: string): Query {
  const id = randomInt(0x10000)
  const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.CHECKING_DISABLED
  // The typings know fewer types than the library takes.
  const questions = [{ type: type as dnsPacket.RecordType, name }]
  const options = { type: 'OPT', name: '.', udpPayloadSize: udpSize, flags: dnsPacket.DNSSEC_OK }
  const additionals = [options as unknown as dnsPacket.OptAnswer]
  return { id, name, octets: dnsPacket.encode({ type: 'query', id, flags, questions, additionals }) }
}

// RFC 5452 s9.1: an answer is taken only from whom was asked, with the number and the question of the query.
async function overUdp({ host, port }: Place, query: Query): Promise<Answer> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  try {
    const signal = AbortSignal.timeout(patience.udp)
    socket.connect(port, host)
    await once(socket, 'connect', { signal })
    socket.send(query.octets)
    for (;;) {
      const [octets] = (await once(socket, 'message', { signal })) as [Buffer]
      const answer = answerTo(query, octets)
      if (answer !== null) return answer
    }
  } finally {
    socket.close()
  }
}

async function overTcp(place: Place, query: Query): Promise<Answer> {
  const socket = connect(place)
  try {
    const signal = AbortSignal.timeout(patience.tcp)
    await once(socket, 'connect', { signal })
    const head = Buffer.alloc(lengthOctets)
    head.writeUInt16BE(query.octets.length)
    socket.write(Buffer.concat([head, query.octets]))
    const answer = answerTo(query, await readMessage(socket, signal))
    if (answer === null) throw new Error('DNS answered another question.')
    return answer
  } finally {
    socket.destroy()
  }
}

function answerTo({ id, name }: Query, octets: Buffer): Answer | null {
  try {
    const packet = dnsPacket.decode(octets)
    const [question] = packet.questions ?? []
    const isAnswer = packet.type === 'response' && packet.id === id
    return isAnswer && question?.name.toLowerCase() === name.toLowerCase() ? { octets, packet } : null
  } catch {
    return null // RFC 5452 s9.1: what is no answer is as if it had not come
  }
}

async function readMessage(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  const end = (): void => void socket.destroy(new Error('DNS did not answer in time.'))
  signal.addEventListener('abort', end)
  let read = Buffer.alloc(0)
  for await (const chunk of socket) {
    read = Buffer.concat([read, chunk as Buffer])
    const length = read.length < lengthOctets ? Infinity : lengthOctets + read.readUInt16BE(0)
    if (read.length >= length) return read.subarray(lengthOctets, length)
  }
  throw new Error('DNS closed the connection.')
}

// An address of IPv6 without a port comes without brackets (RFC 3986 s3.2.2).
function bracketed(server: string): string {
  return isIPv6(server) ? `[${server}]` : server
}
