// How many pseudonyms and messages a user has, and what he gets of a pseudonym's key.
import { decryptKey, readPrivateKey } from 'openpgp'
import t from 'tap'
import { alice, ask, bob, carol, fox, make, refused, startWithBob } from '../../_pseudonyms.js'

const tooMany = { code: 'too-many-requests' }

t.test('so many at a time, and so many a day', async t => {
  const lab = await startWithBob(t, { pseudonyms: { most: 2, delay: 60_000 } })
  const make = (user: string) => refused(lab, lab.a.say(user, null, 'pseudonym new'))
  t.same([await make(alice), await make(alice)], [{}, {}])
  t.match(await make(alice), { ...tooMany, message: /You have 2 pseudonyms.*at most 2. Drop one first/ })
  t.same(await make(carol), {}, 'another user has a count of her own')
  const [dropped = ''] = /\S+@p3do\.a\.example/.exec(await ask(lab, alice, 'pseudonym list')) ?? []
  await ask(lab, alice, `pseudonym drop ${dropped}`)
  t.match(await make(alice), { ...tooMany, message: /at most 2 pseudonyms in a day/ })
})

t.test('none where they are switched off', async t => {
  const lab = await startWithBob(t, { pseudonyms: { most: 0, delay: 60_000 } })
  t.match(await refused(lab, lab.a.say(alice, null, 'pseudonym new fox')), { message: /switched off/ })
})

t.test('with others a pseudonym has a key of its own, which leaves under a passphrase', async t => {
  const lab = await startWithBob(t)
  await make(lab, alice, 'fox')
  const exported = async (command: string, as?: string) => {
    await lab.elapse(lab.a.say(alice, as === undefined ? null : bob, command, as))
    const text = lab.a.shown.findLast(({ body }) => body.includes('BEGIN PGP PRIVATE'))?.body ?? ''
    const passphrase = /shown this once: (\S+)/.exec(text)?.[1] ?? ''
    const armoredKey = /-----BEGIN PGP PRIVATE[^]*END PGP PRIVATE KEY BLOCK-----/.exec(text)?.[0] ?? ''
    return decryptKey({ privateKey: await readPrivateKey({ armoredKey }), passphrase })
  }
  const key = await exported('pseudonym export fox')
  t.same(key.getUserIDs(), [`xmpp:${fox}`])
  t.notMatch(Buffer.from(key.write()).toString('latin1'), /alice/)
  t.ok((await ask(lab, alice, 'pseudonym key fox')).includes(key.getFingerprint().toUpperCase()))
  t.equal((await exported('/key export', fox)).getFingerprint(), key.getFingerprint(), 'in a talk as fox')
  t.not((await exported('key export')).getFingerprint(), key.getFingerprint(), 'the account has another one')
})

t.test('a word in its talk asks about a pseudonym, and does not end it', async t => {
  const lab = await startWithBob(t)
  await make(lab, alice, 'fox')
  await lab.elapse(lab.a.say(alice, bob, '/delivery', fox))
  t.match(lab.a.shown.at(-1), { as: fox, contact: bob, body: /All your messages have arrived/ })
  await lab.elapse(lab.a.say(alice, bob, '/drop', fox))
  t.match(await ask(lab, alice, 'pseudonym list'), /^fox@p3do\.a\.example: ready$/)
})

t.test('what waits of a pseudonym counts under its owner’s name; nobody else waits for it', async t => {
  const lab = await startWithBob(t)
  const { a, elapse } = lab
  await make(lab, alice, 'fox')
  await ask(lab, carol, 'help')
  const tell = (as?: typeof fox) =>
    a.host.tell({ user: alice, ...(as && { as }), contact: bob, id: 'bob-1', kinds: ['receipt'] })
  for (let told = 0; told < 250; told++) await Promise.all([tell(), tell(fox)])
  t.equal(a.service.waiting, 500)
  const asFox = refused(lab, a.say(alice, bob, 'hello', fox))
  t.match(await asFox, { ...tooMany, message: /your messages are on their way/ })
  t.match(await refused(lab, a.say(alice, bob, 'hello')), tooMany)
  await elapse(a.say(carol, bob, 'hello'))
})
