// What other servers' speakers say: frames, cells, layers, and what layers hold (PROTO s3 to s5, s8).
import { longestOnion, openCell, parseFrame } from '../../../plugin/mor/cell.js'
import { encodeContents, encodeTaggedContents, parseContents } from '../../../plugin/mor/contents.js'
import {
  generateUnwrappingKey,
  openLayer,
  seal,
  unwrappingKey,
  wrapLayer,
} from '../../../plugin/openpgp/index.js'
import { startListener, type Listener } from '../../_listener.js'
import { layerAround, literal, padding } from '../../_raw-layers.js'
import { keptVectors } from '../../vectors/generate.js'
import { changedCounters } from '../changed-counters.js'
import { attempt, ensureSame, Finding, type Fuzzed } from '../target.js'
import { recordingLog } from '../recording-log.js'

const packets = ['\xcb', '\xc1', '\xd2', '\xd5', '\xff', 'b\0\0\0\0\0']
const cellOctets = 2048
// What every onion of the longest length holds, with some padding.
const mostContents = 1700

const frames: Fuzzed = {
  name: 'frames',
  about: 'cells as text, under the link key or not',
  words: ['=', '==', '\n', 'A'.repeat(64)],
  longest: 4000,
  few: 1500,
  async open() {
    const [first] = await keptVectors('cells', 'valid')
    const link = Buffer.from(first?.link ?? '', 'hex')
    return {
      take: input =>
        attempt(() => {
          const opened = openCell(link, parseFrame(input.toString('latin1')))
          return opened === null ? 'not readable' : opened === 'cover' ? 'cover' : 'onion'
        }),
    }
  },
  async seeds() {
    const valid = await keptVectors('cells', 'valid')
    return valid.slice(0, 2).map(({ frame }) => Buffer.from(frame))
  },
}

// A member of a context can seal what it likes: the input is what stands inside.
const cells: Fuzzed = {
  name: 'cells',
  about: 'what a cell holds, sealed under its link key',
  words: packets,
  longest: 2400,
  few: 1000,
  open() {
    const link = Buffer.alloc(32, 7)
    return Promise.resolve({
      take: input =>
        attempt(() => {
          const opened = openCell(link, seal(link, input))
          if (opened === null) throw new Finding('A cell under the link key can not be read.')
          return opened === 'cover' ? 'cover' : 'onion'
        }),
    })
  },
  async seeds() {
    const valid = await keptVectors('cells', 'valid')
    return valid.slice(0, 3).map(({ tag, onion }) => {
      const start = Buffer.concat([Buffer.from('cbc6f6620000000000', 'hex'), Buffer.of(onion ? 0x11 : 0x10)])
      const held = [start, Buffer.from(tag ?? '', 'hex'), Buffer.from(onion ?? '', 'hex')]
      return Buffer.concat(held, cellOctets - 71)
    })
  },
}

const layers: Fuzzed = {
  name: 'layers',
  about: 'onions as octets',
  words: packets,
  longest: 4000,
  few: 1500,
  async open() {
    const [first] = await keptVectors('onions', 'valid')
    const { public: octets = '', secret = '' } = first?.key ?? {}
    const key = unwrappingKey(Buffer.from(octets, 'hex'), Buffer.from(secret, 'hex'))
    return {
      take: input => attempt(() => (openLayer(input, key) === null ? 'not ours' : 'opened')),
    }
  },
  async seeds() {
    const [valid, invalid] = [await keptVectors('onions', 'valid'), await keptVectors('onions', 'invalid')]
    const short = invalid.filter(({ layer }) => layer.length > 200 && layer.length < 3000)
    return [...valid.slice(0, 2), ...short.slice(0, 3)].map(({ layer }) => Buffer.from(layer, 'hex'))
  },
}

const layerPackets: Fuzzed = {
  name: 'layer-packets',
  about: 'the packets in a layer, sealed for its owner',
  words: packets,
  longest: 2400,
  few: 400,
  open() {
    const key = generateUnwrappingKey()
    return Promise.resolve({
      take: input =>
        attempt(() => {
          if (openLayer(layerAround(input, key), key) === null)
            throw new Finding('The own key does not open it.')
          return 'opened'
        }),
    })
  },
  seeds: () =>
    Promise.resolve([
      Buffer.concat([literal(Buffer.alloc(300, 5)), padding(40)]),
      Buffer.concat([literal(Buffer.alloc(20, 5)), padding(400)]),
    ]),
}

// The first octet says whether a tag was found, which then are the 16 behind it.
const contents: Fuzzed = {
  name: 'contents',
  about: 'what an opened layer says',
  words: ['\x11', '\x12', '\x13', '\x14', '\x15', '\x92', '\0'.repeat(16)],
  longest: 2400,
  few: 4000,
  open: () =>
    Promise.resolve({
      take: input =>
        attempt(() => {
          const isTagged = (input[0] ?? 0) === 1
          const [tag, octets] = [isTagged ? input.subarray(1, 17) : null, input.subarray(isTagged ? 17 : 1)]
          const parsed = parseContents(octets, tag)
          const written = tag ? encodeTaggedContents(parsed, tag) : encodeContents(parsed)
          const zeros = Buffer.alloc(Math.max(0, octets.length - written.length))
          ensureSame(octets, Buffer.concat([written, zeros]))
          return parsed.kind
        }),
    }),
  async seeds() {
    const valid = await keptVectors('contents', 'valid')
    const kinds = new Map(
      valid.map(vector => [`${String(vector.says['kind'])} ${String(vector.foundBy === null)}`, vector]),
    )
    return [...kinds.values()].map(({ contents: octets, foundBy }) =>
      Buffer.concat([
        Buffer.of(foundBy === null ? 0 : 1),
        Buffer.from(foundBy ?? '', 'hex'),
        Buffer.from(octets, 'hex'),
      ]),
    )
  },
}

// All of it together: whatever a layer for this server's key says, the listener goes on and no bug is logged.
const onions: Fuzzed = {
  name: 'onions',
  about: 'onions for a listener with a routing key',
  words: ['\x11', '\x12', '\x13', '\x14', '\x15', '\0'.repeat(16)],
  longest: mostContents,
  few: 150,
  async open() {
    const log = recordingLog()
    const listener = await startListener({ log })
    return { take: input => heardAs(listener, input, log), stop: () => listener.stop() }
  },
  seeds: contents.seeds,
}

async function heardAs(
  listener: Listener,
  input: Buffer,
  log: ReturnType<typeof recordingLog>,
): Promise<string> {
  const before = listener.counters.snapshot()
  if (input.length > mostContents) return 'too long'
  const layer = wrapLayer(input, listener.key, longestOnion)
  listener.hear({ tag: Buffer.alloc(16, 1), onion: layer })
  await listener.pass(10)
  log.ensureNoBug()
  return changedCounters(before, listener.counters.snapshot())
}

export const morTargets: readonly Fuzzed[] = [frames, cells, layers, layerPackets, contents, onions]
