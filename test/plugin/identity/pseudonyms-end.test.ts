// The end of all pseudonyms of a user, with her account or at her wish; and what happens to them with time, each by itself.
import t, { type Test } from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import type { UserAddress } from '../../../plugin/ports.js'
import { day, hour } from '../../_certificates.js'
import { startPeople } from '../../_people.js'
import { alice, carol } from '../../_pseudonyms.js'
import { seeded } from '../../_seeded.js'

const names = ['fox', 'wolf', 'owl']

/** Alice has three that others know, made within one hour, and one that nobody knows yet where it is given. */
async function withThree(t: Test, seed: number) {
  const number = seeded(seed)
  const rig = await startPeople(t, { ...systemRandom, below: limit => Math.floor(number() * limit) })
  const { people, server } = rig
  await people.locals.enrolled(alice)
  const made: UserAddress[] = []
  for (const name of names) made.push((await people.pseudonyms.create(alice, name)).address)
  await rig.pass(2 * hour, hour)
  const doubts = () => Promise.all(made.map(async address => (await server.directory.known(address))?.doubt))
  const secrets = async () =>
    (await Promise.all(made.map(address => server.store.loadHostedKey(address)))).filter(key => key !== null)
  /** Hours from now in which something about a key was told to others, by whom it was. */
  const toldOf = async (hours: number, addresses = [alice, ...made]) => {
    const told = new Map<string, Set<number>>(addresses.map(address => [address, new Set()]))
    const changed = async (address: string) => (await server.store.find('user', address))?.changed
    const before = new Map<string, unknown>()
    for (const address of addresses) before.set(address, await changed(address))
    for (let passed = 0; passed < hours; passed++) {
      await rig.pass(hour, hour)
      if (passed % 24 === 0) await server.identity.renew()
      for (const address of addresses) {
        const now = await changed(address)
        if (now !== before.get(address)) told.get(address)?.add(passed)
        before.set(address, now)
      }
    }
    return told
  }
  return { ...rig, made, doubts, secrets, toldOf }
}

/** Hours that more than one of them has. */
function common(told: ReadonlyMap<string, ReadonlySet<number>>): number[] {
  const all = [...told.values()].flatMap(hours => [...hours])
  return all.filter((hour, index) => all.indexOf(hour) !== index)
}

t.test('erased with the account: keys revoked one by one, secrets gone, names given to nobody', async t => {
  const { people, doubts, secrets, toldOf, made, server } = await withThree(t, 1)
  t.same(await doubts(), [null, null, null])
  const late = await people.pseudonyms.create(alice, 'lynx')
  await people.erase(alice)
  t.same(people.pseudonyms.of(alice), [], 'at once')
  t.equal(people.pseudonyms.ownerOf(late.address), null)
  for (const name of [...names, 'lynx'])
    for (const user of [alice, carol])
      await t.rejects(people.pseudonyms.create(user, name), { message: /taken, or was before/ })
  t.equal((await secrets()).length, 3, 'they are needed for what others are told')
  const told = await toldOf(25, made)
  for (const hours of told.values()) t.equal(hours.size, 1)
  t.same(common(told), [], 'never two together')
  t.same(await doubts(), ['revoked', 'revoked', 'revoked'])
  t.equal((await secrets()).length, 0)
  t.equal(await server.store.loadHostedKey(late.address), null)
  t.equal(await server.store.find('user', late.address), null, 'nobody ever hears of it')
})

t.test('renewed for as long as the account is there, at times of their own', async t => {
  const { doubts, toldOf, doubt } = await withThree(t, 2)
  const told = await toldOf(24 * 200)
  t.same([await doubt(), ...(await doubts())], [null, null, null, null])
  for (const hours of told.values()) t.ok(hours.size >= 2, `${String(hours.size)} renewals`)
  t.same(common(told), [])
})

t.test(
  'of an account that is gone for more than a day they end, and the next of that name has none',
  async t => {
    const { people, accounts, passDays, doubts, secrets, server } = await withThree(t, 3)
    accounts.remove(alice)
    await passDays(4)
    t.same(people.pseudonyms.of(alice), [])
    t.equal(server.count('pseudonyms of users without account dropped'), 1)
    t.same(await doubts(), ['revoked', 'revoked', 'revoked'])
    t.equal((await secrets()).length, 0)
    accounts.restore(alice)
    await t.rejects(people.pseudonyms.create(alice, 'fox'), { message: /taken, or was before/ })
  },
)

t.test('a host that is wrong for a day, again and again, takes nobody’s', async t => {
  const { people, accounts, pass, doubts } = await withThree(t, 4)
  await pass(day, hour)
  for (let time = 0; time < 2; time++) {
    accounts.deny(alice, true)
    await pass(day, hour)
    accounts.deny(alice, false)
    await pass(day, hour)
  }
  t.equal(people.pseudonyms.of(alice).length, 3)
  t.same(await doubts(), [null, null, null])
})
