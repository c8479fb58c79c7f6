// Armored certificates: written as OpenPGP.js writes them, read as people send them.
import { armor, enums } from 'openpgp'
import t from 'tap'
import { armorCertificates, dearmorCertificates } from '../../../plugin/openpgp/index.js'

const octets = [0, 1, 2, 3, 47, 48, 49, 1000].map(length => Buffer.alloc(length, 0xa5 ^ length))

t.test('it is what OpenPGP.js writes, but for the length of lines, and comes back', async t => {
  for (const each of octets.slice(1)) {
    const text = armorCertificates(each)
    const judged = armor(enums.armor.publicKey, each, undefined, undefined, undefined, true)
    t.equal(text.replaceAll(/\s/g, ''), judged.replaceAll(/\s/g, ''))
    t.strictSame(dearmorCertificates(text), each)
    t.strictSame(dearmorCertificates(judged), each)
  }
})

t.test('headers, text around it, a wrong checksum and none are no reason to refuse', async t => {
  const [, , , three = Buffer.alloc(0)] = octets
  const text = armorCertificates(three)
  const withHeader = text.replace('BLOCK-----\n', 'BLOCK-----\nComment: made by me\n')
  const lines = text.split('\n')
  for (const same of [
    `Hello,\n\n${withHeader}\nBye`,
    text.replace(/^=.*$/m, '=AAAA'),
    lines.filter(line => !line.startsWith('=')).join('\n'),
    lines.map(line => `${line}  `).join('\n'),
    `:${text}`,
  ])
    t.strictSame(dearmorCertificates(same), three)
})

t.test('what is no armored key is refused', async t => {
  const text = armorCertificates(Buffer.alloc(30))
  for (const broken of [
    '',
    'x',
    text.slice(0, -5),
    text.replace('AAAA', 'A!AA'),
    text.replaceAll('PUBLIC KEY BLOCK', 'MESSAGE'),
  ])
    t.throws(() => dearmorCertificates(broken), { code: 'bad-format' })
})

t.test('a long text of openings, or of spaces, is read in no time', async t => {
  for (const hostile of [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n'.repeat(1700),
    `${armorCertificates(Buffer.alloc(9)).slice(0, 60)}${' '.repeat(60_000)}`,
  ]) {
    // Of the processor, which others may have meanwhile; what looks again from each octet takes some seconds of it.
    const start = process.cpuUsage()
    t.throws(() => dearmorCertificates(hostile), { code: 'bad-format' })
    t.ok(process.cpuUsage(start).user < 100_000)
  }
})
