// How a visit begins, goes on and ends, by the commands of a server that knows the visitor's certificate; the own server is down.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { armorMessage, generateUserKey, revokeKey, type UserKey } from '../../../plugin/openpgp/index.js'
import { protectKey } from '../../../plugin/openpgp/protected-key.js'
import { openCopy } from '../../../plugin/openpgp/sealed-copy.js'
import { signatureType } from '../../../plugin/openpgp/signature.js'
import { makeSignature } from '../../../plugin/openpgp/signing.js'
import type { FilledIn } from '../../../plugin/ports.js'
import { primarySigner } from '../../_certificates.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'
import { createOxClient } from '../../_ox-client.js'

const lab = await startMemoryServers({
  names: ['a', 'b', 'c'],
  routeLength: 2,
  admins: [parseUserAddress('root@c.example')],
})
t.teardown(() => lab.stop())
const [a, b, c] = lab.servers as [MemoryServer, MemoryServer, MemoryServer]
const [alice, anna, amy, guest, other] = [
  'alice@a.example',
  'anna@a.example',
  'amy@a.example',
  'guest@c.example',
  'other@c.example',
] as const

// Alice's client holds her key, as gpg does; Anna's is hosted. Both are known everywhere before their server goes down.
const client = createOxClient(a, alice, lab.clock.now())
client.publish()
await client.takeCustody()
await a.say(anna, null, 'help')
const exported = await ask(a, anna, 'key export')
const mailboxExport = await ask(a, alice, 'key export')
await c.learns(alice)
await c.learns(anna)
await lab.pass(2000)
const fingerprint = client.key.certificate.fingerprint
const isKnown = async (user: string): Promise<boolean> => (await c.store.find('user', user)) !== null
// Amy's key is made when none of the others reaches that server any more.
lab.network.setReachable(a.domain, false)
await a.say(amy, null, 'help')
const amysExport = await ask(a, amy, 'key export')
await a.service.stop()
t.same([await isKnown(anna), await isKnown(amy)], [true, false])

async function ask(server: MemoryServer, user: string, text: string): Promise<string> {
  await server.say(user, null, text)
  return server.shown.findLast(message => message.user === user)?.body ?? ''
}

const refusedBy = (text: string, user: string = guest) =>
  c.say(user, null, text).then(
    () => 'It was not refused.',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  )

async function fill(name: string, filled: Record<string, string>, user: string = guest): Promise<unknown> {
  const from = parseUserAddress(user)
  const command = c.host.desk().find(from, name)
  if (command === null || command === 'forbidden') throw new Error(`There is no ${name}.`)
  const values: FilledIn = new Map(Object.entries(filled).map(([field, value]) => [field, value.split('\n')]))
  c.host.desk().ensure(command, values)
  return c.host.desk().run(from, command, values)
}

const statementIn = (answer: string): string =>
  /^P3DO visit v1\n(?:[a-z]+: \S+\n?){6}/mu.exec(answer)?.[0].trimEnd() ?? ''

/** As gpg --clearsign writes it. */
function clearSigned(text: string, key: UserKey): string {
  const canonical = Buffer.from(text.replaceAll('\n', '\r\n'))
  const body = makeSignature(primarySigner(key), signatureType.text, canonical, lab.clock.now())
  const signature = armorMessage(encodePacket(packetType.signature, body)).replaceAll('MESSAGE', 'SIGNATURE')
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n${signature}`
}

async function end(t: Test): Promise<void> {
  t.teardown(async () => {
    for (const user of [guest, other]) await refusedBy('visit end', user)
  })
}

t.test('who does not visit is told how to begin', async t => {
  t.match(await ask(c, guest, 'visit'), /Write "visit begin" and the address/)
  t.match(await refusedBy('visit end'), /Nobody visits with this account/)
  t.match(await refusedBy('visit mailbox P3DO mailbox key v1 AAAA'), /Nobody visits with this account/)
  t.match(await refusedBy('visit sign something'), /^Signed text: nothing is to be signed/)
})

t.test('an account signs with the key of gpg, brings the opened copy, and visits', async t => {
  await end(t)
  const answer = await ask(c, guest, `visit begin ${alice}`)
  const statement = statementIn(answer)
  t.match(statement, `user: ${alice}\nkey: ${fingerprint}\nserver: c.example\n`)
  t.match(answer, new RegExp(`gpg --local-user ${fingerprint.slice(2).toUpperCase()} --clearsign FILE`, 'u'))
  t.match(answer, '-----BEGIN PGP MESSAGE-----')
  t.match(
    await ask(c, guest, `visit sign\n${clearSigned(statement, client.key)}`),
    /You visit as alice@a\.example, until 20.*To be found here, bring/su,
  )
  const copy = /-----BEGIN PGP MESSAGE-----\n\n([^-]+)\n=/u.exec(answer)?.[1] ?? ''
  const line = (await openCopy(Buffer.from(copy, 'base64'), client.key)).toString()
  t.match(
    await refusedBy(`visit mailbox ${line.replace(/.{44}$/u, `${'A'.repeat(43)}=`)}`),
    /^Line: this is not the mailbox key/,
  )
  t.match(
    await ask(c, guest, `visit mailbox ${line}`),
    /Your mailbox key is here.*comes here while your own server is away/su,
  )
  t.match(await ask(c, guest, 'visit'), /You visit as alice@a\.example/)
  t.match(await ask(c, guest, 'visit end'), /The visit is over/)
  t.match(await ask(c, guest, 'visit'), /Nobody visits with this account/)
})

t.test('a visit that runs outlives a restart of the visited server', async t => {
  await end(t)
  const statement = statementIn(await ask(c, guest, `visit begin ${alice}`))
  await ask(c, guest, `visit sign ${clearSigned(statement, client.key)}`)
  await c.restart()
  t.match(await ask(c, guest, 'visit'), /You visit as alice@a\.example/)
  t.match(await ask(c, 'root@c.example', 'visits'), /^alice@a\.example: guest@c\.example, until 20/)
  t.match(await ask(c, guest, 'visits'), /Nobody|This is P3DO/, 'for admins only')
})

t.test('a signature is taken once, by the account that was asked, from the right key', async t => {
  await end(t)
  const first = statementIn(await ask(c, guest, `visit begin ${alice}`))
  const signedFirst = clearSigned(first, client.key)
  t.match(await refusedBy(`visit sign ${signedFirst}`, other), /nothing is to be signed/, 'another account')
  const second = statementIn(await ask(c, guest, `visit begin ${alice}`))
  t.match(
    await refusedBy(`visit sign ${signedFirst}`),
    /other lines are signed than those/,
    'an earlier challenge',
  )
  const mallory = generateUserKey(parseUserAddress(alice), lab.clock.now())
  t.match(await refusedBy(`visit sign ${clearSigned(second, mallory)}`), /it is not signed by the key/)
  const signed = clearSigned(second, client.key)
  await ask(c, guest, `visit sign ${signed}`)
  t.match(await refusedBy(`visit sign ${signed}`), /nothing is to be signed/, 'a replay')
})

t.test('after five wrong signatures a new challenge is needed', async t => {
  const statement = statementIn(await ask(c, guest, `visit begin ${alice}`))
  const mallory = generateUserKey(parseUserAddress(alice), lab.clock.now())
  for (let tries = 0; tries < 5; tries++)
    t.match(await refusedBy(`visit sign ${clearSigned(statement, mallory)}`), /it is not signed by the key/)
  t.match(await refusedBy(`visit sign ${clearSigned(statement, client.key)}`), /nothing is to be signed/)
})

t.test('who is unknown, at home here, or of an unknown server is told so, by the field', async t => {
  t.match(await refusedBy('visit begin nobody@a.example'), /^Address: no key of this user is known here/)
  t.match(
    await refusedBy('visit begin dora@d.example'),
    /^Address: the server of this address is not known here/,
  )
  t.match(await refusedBy('visit begin other@c.example'), /^Address: this is a user of this server/)
  t.match(await refusedBy('visit begin'), /Write it like this: visit begin <address>/)
})

t.test('whose own server answers may visit, and is told', async t => {
  await b.say('beth@b.example', null, 'help')
  await c.learns('beth@b.example')
  await lab.until(() => c.service.reachable().includes(b.domain))
  t.match(await ask(c, guest, 'visit begin beth@b.example'), /Your own server answers this one/)
  t.notMatch(await ask(c, guest, `visit begin ${alice}`), /Your own server answers/)
})

t.test('an exported key begins a visit in one step: it signs and opens the copy', async t => {
  await end(t)
  const [, passphrase = ''] = /shown this once: (\S+)/u.exec(exported) ?? []
  const file = exported.slice(exported.indexOf('-----BEGIN'))
  const words = (await fill('visit import', { file, passphrase })) as string
  t.match(words, /You visit as anna@a\.example.*This server has your key as long as that.*comes here/su)
  await b.say('bob@b.example', null, 'help')
  await c.learns('bob@b.example')
  await c.say(guest, 'bob@b.example', 'from elsewhere')
  await lab.until(() => b.shown.some(({ contact, body }) => contact === anna && body === 'from elsewhere'))
  await lab.pass(60_000)
  await b.say('bob@b.example', anna, 'and back')
  await lab.until(() => c.shown.some(({ user, body }) => user === guest && body === 'and back'))
  const command = c.host.desk().find(parseUserAddress(guest), 'visit import')
  t.match(command, {
    warning: /can read what is written to you and sign for you/,
    fields: [
      { name: 'file', kind: 'secret-lines' },
      { name: 'passphrase', kind: 'secret' },
    ],
  })
  await t.rejects(c.say(guest, null, 'visit import'), {
    code: 'command-invalid',
    message: /^File: .*never in chat/,
  })
})

t.test('an exported key that never came from home is believed for the signature of that server', async t => {
  await end(t)
  const passphrase = 'passphrase'
  t.match(await refusedBy(`visit begin ${amy}`), /no key of this user is known here/)
  const forged = generateUserKey(parseUserAddress(amy), lab.clock.now())
  await t.rejects(fill('visit import', { file: await protectKey(forged, passphrase), passphrase }), {
    message: /^File: no key of this user is known here/,
  })
  const [, made = ''] = /shown this once: (\S+)/u.exec(amysExport) ?? []
  const file = amysExport.slice(amysExport.indexOf('-----BEGIN'))
  t.match(await fill('visit import', { file, passphrase: made }), /You visit as amy@a\.example/)
  t.ok(await isKnown(amy))
})

t.test(
  'a wrong passphrase, another file, or a key that is not certified is refused by its field',
  async t => {
    const file = exported.slice(exported.indexOf('-----BEGIN'))
    const refuse = (given: Record<string, string>) =>
      fill('visit import', given).then(
        () => 'It was not refused.',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      )
    t.match(await refuse({ file, passphrase: 'wrong' }), /^Passphrase: it does not open/)
    t.match(await refuse({ file: 'hello', passphrase: 'x' }), /^File: there is no exported key/)
    t.match(await refuse({ file: 'x'.repeat(40_000), passphrase: 'x' }), /^File.*at most 32768/)
    t.match(await refuse({ file: file.replaceAll(/[A-Z]/gu, 'A'), passphrase: 'x' }), /^File: /)
    const stolen = generateUserKey(parseUserAddress(anna), lab.clock.now())
    t.match(
      await refuse({ file: await protectKey(stolen, 'passphrase'), passphrase: 'passphrase' }),
      /^File: this is another key/,
    )
    const noAddress = generateUserKey('anna' as ReturnType<typeof parseUserAddress>, lab.clock.now())
    t.match(
      await refuse({ file: await protectKey(noAddress, 'passphrase'), passphrase: 'passphrase' }),
      /^File: the user ID/,
    )
    t.match(await ask(c, guest, 'visit'), /Nobody visits with this account/)
  },
)

t.test('a mailbox key that was exported at home is brought by its file', async t => {
  await end(t)
  const statement = statementIn(await ask(c, guest, `visit begin ${alice}`))
  await ask(c, guest, `visit sign ${clearSigned(statement, client.key)}`)
  const [, passphrase = ''] = /shown this once: (\S+)/u.exec(mailboxExport) ?? []
  const file = mailboxExport.slice(mailboxExport.indexOf('-----BEGIN'))
  t.match(file, '-----BEGIN PGP MESSAGE-----')
  await t.rejects(fill('visit import', { file, passphrase: 'wrong' }), { message: /^Passphrase: / })
  t.match(await fill('visit import', { file, passphrase }), /comes here while your own server is away/)
})

t.test('the same user with another account takes the visit over, and the first account is told', async t => {
  await end(t)
  for (const account of [guest, other]) {
    const statement = statementIn(await ask(c, account, `visit begin ${alice}`))
    await ask(c, account, `visit sign ${clearSigned(statement, client.key)}`)
  }
  await lab.until(() =>
    c.shown.some(({ user, body }) => user === guest && body.includes('begun to visit with another account')),
  )
  t.match(await ask(c, guest, 'visit'), /Nobody visits/)
  t.match(await ask(c, other, 'visit'), /You visit as alice/)
})

t.test('a key that is revoked during the visit ends it, and begins none after', async t => {
  const statement = statementIn(await ask(c, guest, `visit begin ${alice}`))
  await ask(c, guest, `visit sign ${clearSigned(statement, client.key)}`)
  const pending = statementIn(await ask(c, other, `visit begin ${alice}`))
  const entry = await c.store.find('user', alice)
  if (!entry) throw new Error('Her key is known.')
  const revocation = revokeKey(client.key, lab.clock.now()).octets
  await c.service.keyServer.submit(revocation)
  await lab.until(
    () => c.shown.some(({ user, body }) => user === guest && body.includes('counts no more')),
    120_000,
  )
  t.match(await ask(c, guest, 'visit'), /Nobody visits/)
  t.match(
    await refusedBy(`visit sign ${clearSigned(pending, client.key)}`, other),
    /^Signed text: the key of this user is not trusted: its owner revoked it/,
  )
  t.match(await refusedBy(`visit begin ${alice}`), /its owner revoked it/)
  const secret = await protectKey(client.key, 'passphrase')
  await t.rejects(fill('visit import', { file: secret, passphrase: 'passphrase' }), {
    message: /its owner revoked it/,
  })
})
