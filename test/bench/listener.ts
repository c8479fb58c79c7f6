// The whole path of a listener: frames in, the three rules, frames out (PROTO s7.2, s8).
import { randomBytes } from 'node:crypto'
import * as bare from './bare-calls.js'
import { compare } from './compare.js'
import { createCorpus, type Corpus } from './corpus.js'
import { createLibraryListener } from './listener-openpgpjs.js'
import { createListenerKeys, startListenerRig, type ListenerKeys } from './listener-rig.js'
import { createSharedKey } from './openpgpjs.js'
import type { Row } from './report.js'
import type { RoundOptions } from './rounds.js'

const keysTried = 5

export async function benchListener(options: RoundOptions): Promise<Row[]> {
  const shared = await Promise.all(Array.from({ length: keysTried }, createSharedKey))
  const hop = await createSharedKey()
  const keys = createListenerKeys(
    2,
    shared.map(({ unwrapping }) => unwrapping),
  )
  const corpus = createCorpus(keys)
  return compare(
    {
      name: 'the listener path',
      unit: 'cells heard',
      amount: corpus.ticks.flat().length,
      ours: () => listen(keys, corpus),
      library: () => createLibraryListener(keys, shared, hop).listen(corpus),
      bare: () => {
        bareCalls(corpus)
      },
    },
    options,
  )
}

// A new listener each time: the old one has seen it all.
async function listen(keys: ListenerKeys, { ticks, work }: Corpus): Promise<void> {
  let octets = 0
  const rig = await startListenerRig(keys, frame => (octets += frame.length))
  for (const frames of ticks) {
    for (const [from, frame] of frames.entries()) rig.hear(from, frame)
    rig.tick()
  }
  await rig.settle()
  const done = rig.counters.snapshot()
  await rig.stop()
  const [foreign, extra] = [done['onions not ours'] ?? 0, done['extra hops added'] ?? 0]
  if (octets === 0 || extra !== work.own || foreign !== work.foreign + work.own)
    throw new Error('The path does not work.')
}

const octets = randomBytes(2048)
const [onion, cellPlaintext, layerPlaintext] = [1551, 1977, 1402].map(length => randomBytes(length))
const sealedCell = bare.sealChunks(cellPlaintext ?? octets)
const sealedLayer = bare.sealChunks(layerPlaintext ?? octets)

function bareCalls({ ticks, work }: Corpus): void {
  for (const frame of ticks.flat()) {
    Buffer.from(frame, 'base64')
    bare.openChunks(sealedCell)
  }
  const heard = work.seen + work.foreign + work.own
  for (let onions = 0; onions < heard; onions++) bare.hash(onion ?? octets)
  for (let foreign = 0; foreign < work.foreign; foreign++) tryKeys(keysTried)
  for (let own = 0; own < work.own; own++) openAndWrap()
  // One cell is spoken in each interval.
  ticks.forEach(() => {
    bare.sealChunks(cellPlaintext ?? octets)
    octets.toString('base64')
  })
}

function tryKeys(count: number): void {
  const ephemeral = bare.importEphemeral()
  for (let key = 0; key < count; key++) bare.tryKey(ephemeral)
}

// The own onion opens with the second key, then goes on with an extra hop: another onion, which is tried too.
function openAndWrap(): void {
  const ephemeral = bare.importEphemeral()
  bare.tryKey(ephemeral)
  bare.unwrapSessionKey(ephemeral)
  bare.openChunks(sealedLayer)
  bare.hash(octets)
  bare.wrapSessionKey()
  bare.sealChunks(layerPlaintext ?? octets)
  bare.hash(octets)
  tryKeys(keysTried)
}
