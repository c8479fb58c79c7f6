// A key with 100,000 signatures, as killed the old key servers, is brought to the key server: how long until it is refused, and
// what memory that costs (RFC 9110 s15.5.14).
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { systemClock } from '../../adapters/clock.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { generateUserKey } from '../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../plugin/openpgp/packets.js'
import { startKeyServerProcess, type KeyServerProcess } from './key-server-process.js'
import { bounded, type Row } from './report.js'
import { ensureRing, ringUser } from './ring.js'
import { median, type RoundOptions } from './rounds.js'

const signatures = 100_000
const timeLimit = 50
const growthLimit = 10
const chunk = 65_536
const eachRound = 10
const parts = 3

export interface RefusalOptions extends RoundOptions {
  /** Certificates on the ring of the server, 1,000 by default: none of them has to do with it. */
  readonly certificates?: number
  /** Octets that each request leaves behind for good in the server, none by default: such a leak must be found. */
  readonly leak?: number
}

/** Each round brings it in either form; the first rounds are for the compiler, and for memory that is taken once. */
export async function benchRefusals({
  certificates = 1000,
  leak = 0,
  rounds,
}: RefusalOptions): Promise<Row[]> {
  const ring = await ensureRing(certificates)
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  await cp(ring.folder, folder, { recursive: true })
  const server = await startKeyServerProcess({ kind: 'product', folder, headers: {}, leak })
  try {
    return await measure(server, rounds)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

async function measure(server: KeyServerProcess, rounds: number): Promise<Row[]> {
  const key = floodedKey()
  const [whole, chunks] = [withLength(key), inChunks(key)]
  const times = Math.ceil((rounds * eachRound) / parts)
  for (const request of [whole, chunks]) await bringAll(server, request, parts * times)
  const [declared, streamed]: [number[], number[]] = [[], []]
  const readings = [await server.settledMemory()]
  for (let part = 0; part < parts; part++) {
    declared.push(...(await bringAll(server, whole, times)))
    streamed.push(...(await bringAll(server, chunks, times)))
    readings.push(await server.settledMemory())
  }
  const all = `by ${2 * parts * times} of them`
  return [
    bounded(`a key of ${signatures} signatures refused`, median(declared), 'ms', timeLimit),
    bounded('the same, of a length that is not said', median(streamed), 'ms', timeLimit),
    bounded(`growth of memory ${all}`, growthOf(readings.map(({ resident }) => resident)), 'MB', growthLimit),
    bounded(`growth of what is in use ${all}`, growthOf(readings.map(({ used }) => used)), 'MB', growthLimit),
  ]
}

// What is taken once, whenever that is, is in one part, and a leak is in each.
function growthOf(readings: readonly number[]): number {
  return parts * median(readings.slice(1).map((reading, at) => reading - (readings[at] ?? 0)))
}

function floodedKey(): Buffer {
  const { octets, userIds } = generateUserKey(parseUserAddress(ringUser(0)), systemClock.now()).certificate
  const signature = encodePacket(packetType.signature, userIds[0]?.signatures[0]?.body ?? Buffer.alloc(0))
  return Buffer.concat([octets, Buffer.alloc(signatures * signature.length, signature)])
}

const head = 'POST /pks/v2/certs HTTP/1.1\r\nhost: bench\r\ncontent-type: application/pgp-keys;armor=no\r\n'

function withLength(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body])
}

// RFC 9112 s7.1
function inChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`)]
  for (let at = 0; at < body.length; at += chunk) {
    const part = body.subarray(at, at + chunk)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

/** Milliseconds from the first octet to the answer, of each. */
async function bringAll({ port }: KeyServerProcess, request: Buffer, times: number): Promise<number[]> {
  const all: number[] = []
  while (all.length < times) {
    const start = performance.now()
    const answer = await answerTo(port, request)
    if (!answer.startsWith('HTTP/1.1 413 ')) throw new Error(`Another answer than 413: ${answer}`)
    all.push(performance.now() - start)
  }
  return all
}

// The first line of the answer. The server hangs up before it has everything, so that sending fails; what it said is read all the
// same: the kernel is given all at once, and hands on what came before it tells of the failure.
function answerTo(port: number, request: Buffer): Promise<string> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    let heard = ''
    socket
      .on('data', (piece: Buffer) => {
        heard += piece.toString('latin1')
        if (heard.includes('\r\n')) socket.destroy()
      })
      .on('error', () => undefined)
      .on('close', () => {
        resolve(heard.slice(0, Math.max(heard.indexOf('\r\n'), 0)))
      })
    socket.write(request)
  })
}
