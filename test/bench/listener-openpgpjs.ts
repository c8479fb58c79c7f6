// A listener with the three rules whose cryptography is OpenPGP.js, for comparison only.
import { createHash, randomBytes } from 'node:crypto'
import { onionLengths } from '../../plugin/mor/onion-length.js'
import type { Corpus } from './corpus.js'
import type { ListenerKeys } from './listener-rig.js'
import { openCell, openLayer, sealCell, type SharedKey } from './openpgpjs.js'

const cellContents = 1968
const onionKind = 0x11
const onionStart = 17
const [shortest] = onionLengths
const innerStart = 1 + 21 + 16

/** @param hop a key of another server, which an own onion is wrapped to before it goes on */
export function createLibraryListener(
  { ownLink, links }: ListenerKeys,
  keys: readonly SharedKey[],
  hop: SharedKey,
): { listen(corpus: Corpus): Promise<void> } {
  const seen = new Set<string>()
  const queue: Buffer[] = []

  const speak = async (): Promise<void> => {
    const onion = queue.shift() ?? Buffer.alloc(0)
    const kind = onion.length > 0 ? onionKind : 0x10
    const start = Buffer.concat([Buffer.of(kind), randomBytes(16), onion])
    await sealCell(ownLink, Buffer.concat([start, randomBytes(cellContents - start.length)]))
  }

  const hear = async (from: number, frame: string): Promise<void> => {
    const contents = await openCell(links[from] ?? ownLink, frame)
    if (contents[0] !== onionKind) return
    const onion = contents.subarray(onionStart, onionStart + lengthOf(contents.subarray(onionStart)))
    const name = createHash('sha256').update(onion).digest('base64')
    if (!seen.has(name)) await spread(name, onion)
  }

  // What is wrapped here is treated as if it had been heard.
  const spread = async (name: string, onion: Buffer): Promise<void> => {
    seen.add(name)
    queue.push(onion)
    const opened = await openLayer(new Uint8Array(onion), keys)
    if (opened === null) return
    const inner = opened.contents.subarray(innerStart, innerStart + shortest)
    const wrapped = await hop.write(Buffer.concat([Buffer.of(0x12), randomBytes(16), inner]), 0)
    await spread(createHash('sha256').update(wrapped).digest('base64'), wrapped)
  }

  return {
    async listen({ ticks }) {
      for (const frames of ticks) {
        for (const [from, frame] of frames.entries()) await hear(from, frame)
        await speak()
      }
    },
  }
}

// The sealed packet's length stands behind the session key packet of 78 octets.
function lengthOf(octets: Buffer): number {
  return 78 + 3 + (((octets[79] ?? 0) - 192) << 8) + (octets[80] ?? 0) + 192
}
