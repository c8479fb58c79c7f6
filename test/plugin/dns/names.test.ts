// Which key DNS names: one or none.
import t from 'tap'
import { systemClock } from '../../../adapters/clock.js'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { consult, ensureNamed } from '../../../plugin/dns/index.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { memoryDns } from '../../_dns.js'

const now = Date.UTC(2026, 5, 1)
const own = parseFingerprint(`04${'ab'.repeat(20)}`)
const other = parseFingerprint(`04${'12'.repeat(20)}`)
const text = (state: string, fingerprint: string, more = ''): string =>
  `v=P3DO1; st=${state}; fpr=${fingerprint}; id=1${more}`
const ended = `; exp=${now / 1000}`

const accepted: [name: string, texts: string[]][] = [
  ['no text at all', []],
  ['texts of others', ['v=spf1 -all', 'v=P3DO2; st=active']],
  ['the active key', [text('active', own)]],
  ['the active key until a second later', [text('active', own, `; exp=${now / 1000 + 1}`)]],
  ['the active key beside the next one', [text('active', own), text('next', other)]],
  ['the active key twice', [text('active', own), text('active', own)]],
  ['another key whose record has ended', [text('active', other, ended)]],
  ['another key that is retired', [text('retired', other)]],
]

const refused: [name: string, texts: string[], message: RegExp][] = [
  ['another key', [text('active', other)], /another key/],
  ['two active keys', [text('active', own), text('active', other)], /several active keys/],
  ['a key that is the next one only', [text('active', other), text('next', own)], /another key/],
  ['a revoked key', [text('revoked', own)], /another key/],
  ['a key that is both active and revoked', [text('active', own), text('revoked', own)], /another key/],
  ['a retired key', [text('retired', own)], /another key/],
  ['a broken record', [text('active', own), 'v=P3DO1; st=active'], /broken record/],
]

async function check(texts: readonly string[]): Promise<void> {
  const domain = parseDomain('b.example')
  const dns = memoryDns({ '_p3do.b.example': texts })
  const clock = { ...systemClock, now: () => now }
  const { records } = await consult({ dns, dnsSeen: createMemoryStore(), clock }, domain)
  ensureNamed(records, own)
}

t.test('accepted', async t => {
  for (const [name, texts] of accepted) await t.resolves(check(texts), name)
})

t.test('refused, in words', async t => {
  for (const [name, texts, message] of refused)
    await t.rejects(check(texts), { code: 'certificate-invalid', message }, name)
})
