// What a backup holds: a tar archive of one configuration, three secrets and the database (POSIX.1-2017 pax, ustar).
import type { ReadableStream } from 'node:stream/web'
import type { FileHandle } from 'node:fs/promises'
import { createTarDecoder, createTarPacker } from 'modern-tar'
import { broken } from './errors.js'

/** The members, in their order: the database, which may be large, comes last. */
export const members = [
  'manifest.json',
  'p3do.toml',
  'secrets/component',
  'secrets/seal',
  'secrets/server-key',
  'data/p3do.db',
] as const

export type Member = (typeof members)[number]
export type SmallMember = Exclude<Member, 'data/p3do.db'>

/** Longer than any of the small ones can be. */
const longestSmall = 1_048_576
const chunkLength = 65_536

/** Packs the members as a stream; nothing is read before somebody reads it. */
export function packArchive(
  small: Readonly<Record<SmallMember, Buffer>>,
  database: FileHandle,
): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker()
  const feed = async (): Promise<void> => {
    for (const name of members.slice(0, -1) as SmallMember[])
      await addMember(controller, name, small[name].length, [small[name]])
    await addMember(controller, 'data/p3do.db', (await database.stat()).size, chunksOf(database))
    controller.finalize()
  }
  feed().catch((error: unknown) => {
    controller.error(error)
  })
  return readable
}

async function addMember(
  controller: ReturnType<typeof createTarPacker>['controller'],
  name: Member,
  size: number,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const writer = controller.add({ name, size, type: 'file', mode: 0o600 }).getWriter()
  for await (const chunk of chunks) await writer.write(chunk)
  await writer.close()
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkLength), 0, chunkLength, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield new Uint8Array(buffer.subarray(0, bytesRead))
  }
}

/**
 * Unpacks an archive: small members into memory, the database, the last one, to `writeDatabase`. Exactly the members in their order
 * are taken.
 * The stream is read to its end, where its last octets are authenticated.
 * @throws PluginError `backup-invalid`, and what the stream throws
 */
export async function unpackArchive(
  archive: ReadableStream<Uint8Array>,
  writeDatabase: (
    small: Readonly<Record<SmallMember, Buffer>>,
    chunks: AsyncIterable<Uint8Array>,
  ) => Promise<void>,
  checkManifest: (manifest: Buffer) => void,
): Promise<Record<SmallMember, Buffer>> {
  const small: Partial<Record<SmallMember, Buffer>> = {}
  let at = 0
  for await (const { header, body } of archive.pipeThrough(createTarDecoder({ strict: true }))) {
    const name = members[at++]
    if (header.name !== name || header.type !== 'file')
      throw broken('holds something else than a backup of P3DO')
    if (name === 'data/p3do.db') await writeDatabase(small as Record<SmallMember, Buffer>, body)
    else small[name] = await readSmall(body, header.size)
    // Before the next member: a newer version may have others.
    if (name === 'manifest.json') checkManifest(small[name] ?? Buffer.alloc(0))
  }
  if (at !== members.length) throw broken('is not complete')
  return small as Record<SmallMember, Buffer>
}

async function readSmall(body: AsyncIterable<Uint8Array>, size: number): Promise<Buffer> {
  if (size > longestSmall) throw broken('holds a file that is too long')
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
