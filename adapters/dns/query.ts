// One question to a resolver over TCP, so that no answer is cut off (RFC 7766 s8, RFC 3597 s3).
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, isIPv6, type Socket } from 'node:net'
import dnsPacket from 'dns-packet'

const patience = 4000
const lengthOctets = 2
const notFound = 3
// The library's names; a type that it has none for goes by its number (RFC 7929 s2.3).
const libraryName = { CERT: 'CERT', OPENPGPKEY: 'UNKNOWN_61', SRV: 'SRV' } as const

/** The data of all records of a name and a type. Rejects where there is no good answer in time. */
export async function queryOctets(
  server: string,
  name: string,
  type: keyof typeof libraryName,
): Promise<Buffer[]> {
  const id = randomInt(0x10000)
  // The typings know fewer types than the library takes.
  const wanted = libraryName[type] as dnsPacket.RecordType
  const question = { type: 'query', id, flags: dnsPacket.RECURSION_DESIRED } as const
  const octets = dnsPacket.streamEncode({ ...question, questions: [{ type: wanted, name }] })
  const answer = dnsPacket.decode(await exchange(server, octets))
  const code = (answer.flags ?? 0) & 0xf
  if (answer.id !== id || (code !== 0 && code !== notFound))
    throw new Error(`DNS answered with code ${code}.`)
  return (answer.answers ?? []).flatMap(record => {
    if (record.type === 'SRV') return [serviceOctets(record.data)]
    return record.type === wanted && 'data' in record && Buffer.isBuffer(record.data) ? [record.data] : []
  })
}

// RFC 2782; the library takes this type apart.
function serviceOctets({ priority = 0, weight = 0, port, target }: dnsPacket.SrvData): Buffer {
  const numbers = Buffer.alloc(6)
  for (const [index, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, index * 2)
  const labels = target.split('.').map(label => Buffer.from(label, 'latin1'))
  return Buffer.concat([numbers, ...labels.flatMap(label => [Buffer.of(label.length), label]), Buffer.of(0)])
}

async function exchange(server: string, octets: Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(`tcp://${bracketed(server)}`)
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 53 : port) })
  try {
    const signal = AbortSignal.timeout(patience)
    await once(socket, 'connect', { signal })
    socket.write(octets)
    return await readMessage(socket, signal)
  } finally {
    socket.destroy()
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
