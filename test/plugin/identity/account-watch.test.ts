// A name that another account has now: nothing of the former one is handed on, and nothing is lost by a host that is moved or silent.
import t, { type Test } from 'tap'
import { createAccountWatch } from '../../../plugin/identity/account-watch.js'
import { PluginError } from '../../../plugin/errors.js'
import type { AccountMark } from '../../../plugin/ports.js'
import { createCounters } from '../../../adapters/counters.js'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { startPeople } from '../../_people.js'
import { alice, ask, bob, carol, make, refused, startWithBob } from '../../_pseudonyms.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const minute = 60_000

function rig() {
  const [clock, store, counters] = [createVirtualClock(), createMemoryStore(), createCounters()]
  const host: { mark: AccountMark | null; asked: number; fails: unknown } = {
    mark: null,
    asked: 0,
    fails: null,
  }
  const replaced: string[] = []
  const watch = createAccountWatch({
    accounts: {
      markOf() {
        host.asked++
        return host.fails instanceof Error ? Promise.reject(host.fails) : Promise.resolve(host.mark)
      },
    },
    store,
    replaced: user => Promise.resolve(void replaced.push(user)),
    clock,
    counters,
  })
  /** Looks with these marks, later than the last time. */
  const look = async (mark: AccountMark | null): Promise<void> => {
    host.mark = mark
    clock.advance(minute)
    await watch(alice)
  }
  return { clock, store, counters, host, replaced, watch, look }
}

const mark = (host: string, account: string): AccountMark => ({ host, account })

t.test('another mark of the same host is another account', async t => {
  const { look, replaced, counters, store } = rig()
  for (const account of ['one', 'one', 'two', 'two']) await look(mark('host', account))
  t.same(replaced, [alice])
  t.same(await store.loadMark(alice), mark('host', 'two'))
  t.equal(counters.snapshot()['accounts that were made anew'], 1)
})

t.test('a host that was moved, lost its marks, is silent or away takes nothing', async t => {
  const { look, host, replaced, store } = rig()
  await look(mark('host', 'one'))
  await look(null)
  await look(mark('host', 'one'))
  await look(mark('other', 'two'))
  await look(mark('other', 'two'))
  host.fails = new PluginError('host-unreachable', 'It is away.')
  await look(mark('other', 'three'))
  host.fails = null
  await look(mark('host', 'one'))
  t.same(replaced, [])
  t.same(await store.loadMark(alice), mark('host', 'one'))
})

t.test('the host is asked once in a minute, for each user', async t => {
  const { clock, host, watch } = rig()
  await Promise.all([watch(alice), watch(alice), watch(carol)])
  t.equal(host.asked, 2)
  clock.advance(minute - 1)
  await watch(alice)
  t.equal(host.asked, 2)
  clock.advance(1)
  await watch(alice)
  t.equal(host.asked, 3)
})

t.test(
  'a mistake of the host’s is no answer, and what could not be forgotten is forgotten the next time',
  async t => {
    const { look, host, replaced, store, clock, watch } = rig()
    host.fails = new TypeError('a bug')
    await t.rejects(watch(alice), TypeError)
    host.fails = null
    await look(mark('host', 'one'))
    const failing = createAccountWatch({
      accounts: { markOf: () => Promise.resolve(mark('host', 'two')) },
      store,
      replaced: () => Promise.reject(new PluginError('queue-full', 'The disk is full.')),
      clock,
      counters: createCounters(),
    })
    await t.rejects(failing(alice), { code: 'queue-full' })
    await look(mark('host', 'two'))
    t.same(replaced, [alice])
  },
)

/** Alice has all that one can have, and then her name is another person's. */
async function withFormer(t: Test) {
  const lab = await startWithBob(t)
  const { a } = lab
  await make(lab, alice, 'fox')
  await ask(lab, alice, 'on b.example')
  await ask(lab, alice, 'route c.example b.example')
  await lab.elapse(a.say(alice, bob, 'hello'))
  await lab.until(() => a.service.waiting === 0, 900_000)
  const before = { key: await ask(lab, alice, 'key'), rules: await a.store.loadRules(alice) }
  const anew = async () => {
    a.host.accounts.remove(alice)
    a.host.accounts.restore(alice)
    await lab.pass(minute)
  }
  return { ...lab, before, anew }
}

t.test('who gets the name at once has another key, no pseudonyms, contacts, rules and routes', async t => {
  const lab = await withFormer(t)
  const { a, anew, before } = lab
  t.ok(before.rules)
  await anew()
  t.match(await ask(lab, alice, 'pseudonym list'), /You have no pseudonym/)
  t.not(await ask(lab, alice, 'key'), before.key)
  t.match(await ask(lab, alice, 'contacts'), /written to nobody/)
  t.equal(await a.store.loadRules(alice), null)
  t.equal(await a.store.loadRoute(alice, lab.b.domain), null)
  t.match(await refused(lab, a.say(alice, bob, 'hello', 'fox@p3do.a.example')), { code: 'recipient-unknown' })
  t.match(await refused(lab, a.say(carol, null, 'pseudonym new fox')), { message: /taken, or was before/ })
})

t.test('what is for the former one is not shown to whoever has the name now', async t => {
  const lab = await withFormer(t)
  const { a, b, anew } = lab
  await anew()
  const shown = a.shown.length
  await lab.elapse(b.say(bob, alice, 'only for her'))
  await lab.until(() => b.service.waiting === 0, 900_000)
  t.same(a.shown.slice(shown), [])
})

t.test('what the former one had on its way is gone, without a word to whoever has the name now', async t => {
  const lab = await withFormer(t)
  const { a, b, network, anew } = lab
  const failed: unknown[] = []
  a.host.onFailed(message => void failed.push(message))
  network.setReachable(b.domain, false)
  await lab.elapse(a.say(alice, bob, 'the last word'))
  await anew()
  t.match(await ask(lab, alice, 'delivery'), /All your messages have arrived/)
  const shown = a.shown.length
  network.setReachable(b.domain, true)
  await lab.until(() => a.service.waiting === 0, 900_000)
  t.same(failed, [])
  t.same(a.shown.slice(shown), [])
  t.notOk(b.shown.some(({ body }) => body === 'the last word'))
})

t.test('the daily round finds it, too, where nobody says a word', async t => {
  const { people, accounts, passDays, doubt, server } = await startPeople(t)
  await people.locals.enrolled(alice)
  await people.pseudonyms.create(alice, 'fox')
  await passDays(3)
  t.equal(await doubt(), null)
  accounts.remove(alice)
  accounts.restore(alice)
  await passDays(3)
  t.equal(await doubt(), 'revoked')
  t.equal(await server.store.loadHostedKey(alice), null)
  t.same(people.pseudonyms.of(alice), [])
})
