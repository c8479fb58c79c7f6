// What a user looks at and takes with him: contacts, messages on their way, his key, and the end of it all.
import { decryptKey, readPrivateKey } from 'openpgp'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import type { FilledIn } from '../../../plugin/ports.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'

const lab = await startMemoryServers({ names: ['a', 'b'], routeLength: 2 })
t.teardown(() => lab.stop())
const [a, b] = lab.servers as [MemoryServer, MemoryServer]
const [alice, bob] = ['alice@a.example', 'bob@b.example']
await a.say(alice, null, 'help')
await b.say(bob, null, 'help')
await a.learns(bob)
await b.learns(alice)

const ask = async (text: string, user = alice): Promise<string> => {
  await a.say(user, null, text)
  return a.shown.at(-1)?.body ?? ''
}
/** As a form. */
const fill = (name: string, filled: Record<string, string> = {}, user = alice) => {
  const from = parseUserAddress(user)
  const command = a.host.desk().find(from, name)
  if (command === null || command === 'forbidden') throw new Error(`There is no ${name}.`)
  const values: FilledIn = new Map(Object.entries(filled).map(([field, value]) => [field, [value]]))
  return a.host.desk().run(from, command, values)
}

t.test(
  'a message shows among those on their way until it is acknowledged, and its contact stays',
  async t => {
    t.equal(await ask('contacts'), 'You have written to nobody since the server started.')
    t.match(await ask('delivery'), /^All your messages have arrived/)
    await a.say(alice, bob, 'hello')
    t.match(
      await ask('delivery'),
      /^bob@b\.example: 20\d\d-\d\d-\d\d \d\d:\d\d UTC, (?:waits|sent \d+ times)/,
    )
    t.match(await fill('delivery'), { columns: ['To', 'Since', 'State'], rows: [[bob, / UTC$/, /./]] })
    t.match(await ask('delivery', 'anna@a.example'), /^All your messages/, 'nobody sees those of others')
    await lab.until(() => a.service.waiting === 0)
    t.match(await ask('delivery'), /^All your messages have arrived/)
    t.equal(await ask('contacts'), 'bob@b.example: trusted')
    t.match(await fill('contacts'), { rows: [[bob, 'trusted']] })
    t.match(await ask('contacts', 'anna@a.example'), /^You have written to nobody/)
  },
)

t.test('a key leaves under a passphrase that is made, and opens with no other', async t => {
  const text = await ask('key export')
  const passphrase = /shown this once: (\S+)/.exec(text)?.[1] ?? ''
  const armoredKey = /-----BEGIN PGP PRIVATE[^]*END PGP PRIVATE KEY BLOCK-----/.exec(text)?.[0] ?? ''
  const privateKey = await readPrivateKey({ armoredKey })
  t.equal(privateKey.isDecrypted(), false)
  await t.rejects(decryptKey({ privateKey, passphrase: `${passphrase}x` }))
  const opened = await decryptKey({ privateKey, passphrase })
  t.ok((await ask('key')).includes(opened.getFingerprint().toUpperCase()))
})

t.test('a passphrase of one’s own is taken from a form only, never echoed, and must be long', async t => {
  const passphrase = 'a passphrase of my own'
  const answer = await fill('key export', { passphrase })
  if (typeof answer === 'string' || !('file' in answer)) throw new Error('It is a file.')
  t.notMatch(answer.text, /a passphrase of my own|shown this once/)
  t.ok(answer.text.includes(answer.file))
  t.notOk(answer.words.includes('-----BEGIN'))
  const armoredKey = answer.file
  await decryptKey({ privateKey: await readPrivateKey({ armoredKey }), passphrase })
  await t.rejects(fill('key export', { passphrase: 'eleven char' }), {
    code: 'command-invalid',
    message: /12/,
  })
  await t.rejects(a.say(alice, null, `key export ${passphrase}`), { code: 'command-invalid' })
})

t.test('erase asks first, waits for messages on their way, and then nothing is kept', async t => {
  await ask(`route b.example`)
  await ask('certificate new')
  await a.store.saveRoute(parseUserAddress(alice), parseDomain('b.example'), [
    'b.example' as never,
    'b.example' as never,
  ])
  await ask(`on ${bob}`)
  t.match(await ask('erase'), /write: erase alice@a\.example$/)
  t.match(await ask(`erase ${bob}`), /If you mean it/)
  await a.say(alice, bob, 'last words')
  await t.rejects(a.say(alice, null, `erase ${alice}`), {
    code: 'command-invalid',
    message: /^1 of your messages/,
  })
  await lab.until(() => a.service.waiting === 0)
  t.match(await ask(`erase ${alice.toUpperCase()}`), /^You are erased/)
  const user = parseUserAddress(alice)
  t.equal(await a.store.loadHostedKey(user), null)
  t.equal(await a.store.loadRoute(user, parseDomain('b.example')), null)
  t.same(
    (await a.store.listX509(user, 0)).map(({ revoked }) => revoked?.reason),
    ['account-gone'],
  )
  t.same(await a.host.accounts.listedKeys(user), [])
  t.equal(await a.store.loadRules(user), null)
  t.match(await a.service.operate(['keys', 'explain', alice]), /not trusted/)
})

t.test('after that he begins anew, as somebody else for everybody', async t => {
  const before = (await a.store.find('user', alice))?.fingerprint
  t.match(await ask('contacts'), /^You have written to nobody/)
  const after = (await a.store.find('user', alice))?.fingerprint
  t.not(after, before)
  t.match(await a.service.operate(['keys', 'explain', alice]), /: trusted/)
})
