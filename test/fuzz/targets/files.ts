// Backups that somebody gives to `p3do restore`, and what is in them.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadableStream } from 'node:stream/web'
import { createTarPacker } from 'modern-tar'
import { members, unpackArchive } from '../../../adapters/backup/archive.js'
import { decrypted, encrypted } from '../../../adapters/backup/encryption.js'
import { restoreBackup } from '../../../adapters/backup/restore.js'
import { renderConfigFile } from '../../../adapters/cli/config-file.js'
import { encodeManifest, parseManifest } from '../../../plugin/backup/index.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import { encodeSecretKey, generateServerKey } from '../../../plugin/openpgp/index.js'
import { today } from '../../_certificates.js'
import { attempt, Finding, type Fuzzed } from '../target.js'

const domain = parseDomain('a.example')
const passphrase = 'correct horse battery'
// Of a guess; more would be all that a run does.
const cheap = 1
const quick = 10

const restored: Fuzzed = {
  name: 'backups',
  about: 'what a backup holds, under its passphrase',
  words: [
    ...members,
    '\0'.repeat(512),
    'ustar\x0000',
    '0000644\0',
    '11 path=x\n',
    '[server]\n',
    'SQLite format 3\0',
  ],
  longest: 40_000,
  few: 40,
  repeats: true,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'p3do-fuzz-'))
    return {
      async take(input) {
        const [file, fresh] = [join(folder, 'file'), join(folder, 'fresh')]
        await writeFile(file, await encrypted(streamOf(input), passphrase, cheap))
        const end = await attempt(() =>
          restoreBackup({ file, folder: fresh, passphrase, workFactor: cheap }).then(() => 'restored'),
        )
        const left = await readdir(fresh).catch(() => [])
        await rm(fresh, { recursive: true, force: true })
        if (end !== 'restored' && left.length > 0) throw new Finding('A backup that is refused leaves files.')
        return end
      },
      stop: () => rm(folder, { recursive: true }),
    }
  },
  seeds: async () => [await archive()],
}

const sealed: Fuzzed = {
  name: 'sealed-backups',
  about: 'backups as files',
  words: ['age-encryption.org/v1\n', '-> scrypt ', '-> X25519 ', '--- ', '\n', 'AAAA'],
  longest: 20_000,
  few: 150,
  open: () =>
    Promise.resolve({
      take(input) {
        return attempt(async () => {
          await orDamaged(async () => {
            const plain = await decrypted(streamOf(input), passphrase, quick)
            await unpackArchive(plain, drain, parseManifest)
          })
          return 'opened'
        })
      },
    }),
  async seeds() {
    const stream = await encrypted(streamOf(await archive()), passphrase, cheap)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return [Buffer.concat(chunks)]
  },
}

// As the restore reads it: the libraries have errors of their own for what is damaged.
async function orDamaged(read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (error instanceof TypeError && error.stack?.includes('plugin/') === true) throw error
    if (error instanceof PluginError) throw error
    throw new PluginError('backup-invalid', 'It is damaged.', { cause: error })
  }
}

async function drain(_: unknown, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let octets = 0
  for await (const chunk of chunks) octets += chunk.length
  if (octets < 0) throw new Finding('A database has less than nothing.')
}

function streamOf(octets: Buffer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (octets.length > 0) controller.enqueue(new Uint8Array(octets))
      controller.close()
    },
  })
}

// A database of no octets is a new one.
async function archive(): Promise<Buffer> {
  const key = encodeSecretKey(generateServerKey(domain, today))
  const config = renderConfigFile({ server: { domain, host: 'prosody' }, mor: {}, federation: {} })
  const secret = Buffer.from('ab'.repeat(32))
  const held = [
    encodeManifest({ domain, time: today }),
    Buffer.from(config),
    secret,
    secret,
    key,
    Buffer.alloc(0),
  ]
  const { readable, controller } = createTarPacker()
  const chunks: Uint8Array[] = []
  const reading = (async () => {
    for await (const chunk of readable) chunks.push(chunk)
  })()
  for (const [index, name] of members.entries()) {
    const octets = held[index] ?? Buffer.alloc(0)
    const writer = controller.add({ name, size: octets.length, type: 'file', mode: 0o600 }).getWriter()
    if (octets.length > 0) await writer.write(new Uint8Array(octets))
    await writer.close()
  }
  controller.finalize()
  await reading
  return Buffer.concat(chunks)
}

export const fileTargets: readonly Fuzzed[] = [restored, sealed]
