// Pseudonyms from end to end: made, written as, answered, dropped; and that nobody but their owner has anything of them.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { alice, ask, bob, carol, fox, make, refused, startWithBob } from '../../_pseudonyms.js'

t.test('a user makes a pseudonym, writes as it, and is answered as it', async t => {
  const lab = await startWithBob(t)
  const { a, b } = lab
  t.match(
    await ask(lab, alice, 'pseudonym new fox'),
    /fox@p3do\.a\.example is yours.*\n.*bob\\40b\.example\+fox@p3do\.a\.example/s,
  )
  await lab.elapse(b.learns(fox))
  await lab.until(() => a.shown.some(({ body }) => body.includes('is ready')))
  await lab.elapse(a.say(alice, bob, 'hello from the den', fox))
  await lab.until(() => b.shown.some(({ body }) => body === 'hello from the den'))
  t.match(b.shown.at(-1), { user: bob, contact: fox })
  await lab.elapse(b.say(bob, fox, 'hello fox'))
  await lab.until(() => a.shown.some(({ body }) => body === 'hello fox'))
  t.match(a.shown.at(-1), { user: alice, as: fox, contact: bob })
  await lab.elapse(a.say(alice, bob, 'hello from home'))
  await lab.until(() => b.shown.some(({ body }) => body === 'hello from home'))
  t.match(b.shown.at(-1), { user: bob, contact: alice })
})

t.test('nobody else speaks as it or learns that there is one', async t => {
  const lab = await startWithBob(t)
  const { a } = lab
  await make(lab, alice, 'fox')
  const own = { id: 'x', user: carol, contact: bob, body: 'hello' }
  const said = (as: string) => refused(lab, a.host.say({ ...own, as: parseUserAddress(as) }))
  const ofOther = await said(fox)
  t.match(ofOther, { code: 'recipient-unknown' })
  t.same(ofOther, await said('wolf@p3do.a.example'))
  for (const command of [
    'drop fox',
    'key fox',
    'route fox c.example b.example',
    'contacts fox',
    'delivery fox',
    'export fox',
  ]) {
    const ofOther = await refused(lab, a.say(carol, null, `pseudonym ${command}`))
    t.match(ofOther, { code: 'recipient-unknown' })
    t.same(
      ofOther,
      await refused(lab, a.say(carol, null, `pseudonym ${command.replace('fox', 'wolf')}`)),
      command,
    )
  }
  t.match(await ask(lab, carol, 'pseudonym list'), /You have no pseudonym/)
})

t.test('before others know it, a message as it is refused, and says when', async t => {
  const lab = await startWithBob(t)
  await ask(lab, alice, 'pseudonym new fox')
  t.match(await refused(lab, lab.a.say(alice, bob, 'too early', fox)), {
    code: 'too-many-requests',
    message: /they will at 2026-01-01 00:0\d UTC. Nothing was sent/,
  })
})

t.test('dropped, it is nobody’s: its key ends, and its name is given to nobody again', async t => {
  const lab = await startWithBob(t)
  const { a, b } = lab
  await make(lab, alice, 'fox')
  t.match(await ask(lab, alice, 'pseudonym drop fox'), /is dropped/)
  t.match(await ask(lab, alice, 'pseudonym list'), /You have no pseudonym/)
  t.match(await refused(lab, a.say(alice, bob, 'hello', fox)), { code: 'recipient-unknown' })
  for (const user of [alice, carol])
    t.match(await refused(lab, a.say(user, null, 'pseudonym new fox')), { message: /taken, or was before/ })
  await lab.pass(90_000)
  t.match(await refused(lab, b.say(bob, fox, 'hello')), { code: 'recipient-untrusted' })
  t.equal(await a.store.loadHostedKey(fox), null)
  await lab.elapse(a.restart())
  t.match(await refused(lab, a.say(carol, null, 'pseudonym new fox')), { message: /taken, or was before/ })
})
