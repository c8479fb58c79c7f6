// A visit that began by a login certificate, and for which the visitor then brings her exported key: she writes and is reached.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { FilledIn, UserAddress } from '../../../plugin/ports.js'
import { day, hour } from '../../_certificates.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'
import { anyCertificate } from '../../_visiting.js'

const [alice, bob] = ['alice@a.example', 'bob@b.example'].map(parseUserAddress) as [UserAddress, UserAddress]
const lab = await startMemoryServers({ names: ['a', 'b', 'c'], routeLength: 2 })
t.teardown(() => lab.stop())
const [a, b, c] = lab.servers as [MemoryServer, MemoryServer, MemoryServer]

async function answerOf(server: MemoryServer, user: UserAddress, text: string): Promise<string> {
  await lab.elapse(server.say(user, null, text))
  return server.shown.findLast(message => message.user === user)?.body ?? ''
}

/** A certificate of the authority of her home, DER, and her exported key. */
async function credentials() {
  const exported = await answerOf(a, alice, 'key export')
  await lab.elapse(a.service.operate(['x509', 'ca']))
  const stored = await a.store.loadX509Authority()
  if (!stored) throw new Error('There is no authority.')
  const authority = { ...stored, key: a.sealer.unseal('x509 authority', stored.key).toString() }
  const now = lab.clock.now()
  return {
    certificate: anyCertificate(authority, { begins: now - hour, ends: now + 90 * day }),
    file: exported.slice(exported.indexOf('-----BEGIN')),
    passphrase: /shown this once: (\S+)/u.exec(exported)?.[1] ?? '',
  }
}

function bringKey(account: UserAddress, file: string, passphrase: string): Promise<unknown> {
  const desk = c.host.desk()
  const command = desk.find(account, 'visit import')
  if (command === null || command === 'forbidden') throw new Error('She has no such command.')
  const values: FilledIn = new Map([
    ['file', file.split('\n')],
    ['passphrase', [passphrase]],
  ])
  return lab.elapse(desk.run(account, command, values))
}

const shownTo = (server: MemoryServer, account: UserAddress): string[] =>
  server.shown.flatMap(({ user, contact, body }) =>
    user === account && contact !== null && !body.startsWith('(P3DO)') ? [`${contact}: ${body}`] : [],
  )

t.test('the certificate lets her in, and with her key she is herself, both ways', async t => {
  await answerOf(b, bob, 'help')
  const { certificate, file, passphrase } = await credentials()
  await lab.elapse(Promise.all([b.learns(alice), c.learns(alice), c.learns(bob)]))
  await lab.until(() => c.journey.some(({ event, peer }) => event === 'fetched x509' && peer === a.domain))
  lab.network.setReachable(a.domain, false)
  await a.service.stop()
  a.host.abandon()

  const account = await lab.elapse(c.host.visitors.logIn(certificate))
  t.equal(account, 'alice\\40a.example@c.example')
  await t.rejects(lab.elapse(c.say(account, bob, 'too early')), { message: /visit/ })
  t.match(await bringKey(account, file, passphrase), /You visit as alice@a\.example/)

  await lab.until(() => c.service.reachable().includes(b.domain) && b.service.reachable().includes(c.domain))
  await lab.elapse(c.say(account, bob, 'from elsewhere'))
  await lab.until(() => shownTo(b, bob).length === 1)
  t.same(shownTo(b, bob), ['alice@a.example: from elsewhere'])

  await lab.pass(60_000)
  await lab.elapse(b.say(bob, alice, 'and back'))
  await lab.until(() => shownTo(c, account).length === 1)
  t.same(shownTo(c, account), ['bob@b.example: and back'])
  await lab.until(() => b.service.waiting + c.service.waiting === 0)
})
