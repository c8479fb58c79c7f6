// A server shows another key: its admin and its peers' users learn of it in words, and what an admin decides is done.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodeServerKeys, generateServerKey } from '../../../plugin/openpgp/index.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'

const [root, alice, anna] = ['root', 'alice', 'anna'].map(name => parseUserAddress(`${name}@a.example`)) as [
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
]
const bob = parseUserAddress('bob@b.example')

/** Alice has written to Bob; then another server takes b's place, and a has looked at it. */
async function swapped(t: Test) {
  const lab = await startMemoryServers({ names: ['a', 'b'], admins: [root], routeLength: 2 })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers as [MemoryServer, MemoryServer]
  await b.say(bob, null, 'help')
  await a.say(alice, null, 'help')
  await Promise.all([a.learns(bob), b.learns(alice)])
  await a.say(alice, bob, 'hello')
  await lab.until(() => b.shown.some(({ body }) => body === 'hello'))
  const old = { file: await b.keyFile.load(), fingerprint: b.service.fingerprint }
  await b.service.stop()
  await b.keyFile.save(encodeServerKeys([generateServerKey(b.domain, lab.clock.now())]))
  await b.restart()
  await lab.until(() => wordsFor(a, root).some(words => words.startsWith('ALARM')))
  await lab.pass(1000)
  return { ...lab, a, b, old }
}

const wordsFor = ({ shown }: MemoryServer, user: string) =>
  shown.filter(message => message.user === user && message.contact === null).map(({ body }) => body)

t.test('admins and those who write there are told, once, others are not', async t => {
  const { a, b, old, pass } = await swapped(t)
  await a.say(anna, null, 'help')
  await pass(180_000)
  const alarms = (user: string) => wordsFor(a, user).filter(words => /ALARM|are stopped/.test(words))
  t.equal(alarms(root).length, 1)
  for (const part of [b.service.fingerprint, old.fingerprint])
    t.match(alarms(root)[0], part.slice(2).toUpperCase())
  t.match(alarms(root)[0], `peers approve b.example ${b.service.fingerprint}`)
  t.equal(alarms(alice).length, 1)
  t.match(alarms(alice)[0], /^Messages to b\.example are stopped: .*read along/)
  t.notMatch(alarms(alice)[0], /[0-9A-F]{40}/i)
  t.same(alarms(anna), [])
  await a.restart()
  await pass(180_000)
  t.equal(alarms(root).length, 1, 'nor again after a restart')
})

t.test('who writes there is refused with the reason, and nothing is sent', async t => {
  const { a } = await swapped(t)
  const before = a.service.waiting
  await t.rejects(a.say(alice, bob, 'a secret'), {
    code: 'peer-suspended',
    message: /Messages to b\.example are stopped, and nothing was sent/,
  })
  t.equal(a.service.waiting, before)
  t.same(a.service.reachable(), ['a.example'])
})

t.test('an admin sees it in the list and approves in chat; all are told, and messages pass', async t => {
  const { a, b, until } = await swapped(t)
  const list = await a.service.operate(['peers', 'list'])
  t.match(list, /^b\.example \(of the configuration\): SUSPENDED since 2026-/)
  t.match(list, b.service.fingerprint.slice(2).toUpperCase())
  await t.rejects(a.say(alice, null, `peers approve b.example ${b.service.fingerprint}`).then(fail), {
    message: 'not for users',
  })
  await a.say(root, null, `peers approve b.example ${b.service.fingerprint.slice(2).toUpperCase()}`)
  await until(() => a.service.reachable().length === 2 && b.service.reachable().length === 2)
  t.match(wordsFor(a, alice).at(-1), /^You can write to b\.example again: .* an admin of your server/)
  t.match(wordsFor(a, root).at(-1), b.service.fingerprint.slice(2).toUpperCase())
  await b.say(bob, null, 'help')
  await until(() => b.journey.length > 0)
  await until(() => wordsFor(b, bob).length > 1)
  await a.learns(bob)
})

// Whoever is no admin gets an answer as to any text that is no command.
function fail(): never {
  throw new Error('not for users')
}

t.test('when the known key is back, all are told that too, and messages pass', async t => {
  const { a, b, old, until } = await swapped(t)
  t.match(await a.service.operate(['peers', 'reject', 'b.example']), /refused for good/)
  await b.service.stop()
  await b.keyFile.save(old.file ?? Buffer.alloc(0))
  await b.restart()
  await until(() => a.service.reachable().length === 2 && b.service.reachable().length === 2, 300_000)
  t.match(wordsFor(a, alice).at(-1), /^b\.example has proved that it is the same server/)
  await a.say(alice, bob, 'again')
  await until(() => b.shown.some(({ body }) => body === 'again'))
})
