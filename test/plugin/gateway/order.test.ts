// What a user writes goes out in the order in which he wrote it.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { Delivery } from '../../../plugin/delivery/index.js'
import { createCorrespondents, startGateway } from '../../../plugin/gateway/index.js'
import { createLocalUsers } from '../../../plugin/identity/index.js'
import { createSealer } from '../../../plugin/sealer.js'
import type { Work } from '../../../plugin/work.js'
import { countedWork, settled } from '../../_counted-work.js'
import { tableOf } from '../commands/_table.js'
import { visitsAt } from '../../_visits.js'
import { createFederated, type FederatedServer } from '../../_federated.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const anna = parseUserAddress('anna@b.example')

t.test('a message that takes longer to encrypt keeps its place; other talks do not wait', async t => {
  const lab = createFederated()
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const localsAt = ({ domain, store, directory }: FederatedServer) =>
    createLocalUsers({
      domain,
      store,
      sealer: createSealer(randomBytes(32)),
      directory,
      work: countedWork,
      clock: lab.clock,
    })
  const locals = localsAt(a)
  for (const user of [bob, anna]) await localsAt(b).enrolled(user)
  await locals.enrolled(alice)
  await lab.pass(2000)

  let first = true
  const run = countedWork.run as (...job: unknown[]) => Promise<unknown>
  const slowAtFirst = async (...job: unknown[]): Promise<unknown> => {
    const waits = first
    first = false
    if (waits) await settled(50)
    return run(...job)
  }
  const sent: (string | null)[] = []
  const delivery: Pick<Delivery, 'send'> = { send: ({ id }) => Promise.resolve(void sent.push(id)) }
  startGateway({
    ...a,
    users: a.host.users,
    admins: [],
    locals,
    ensureSameAccount: () => Promise.resolve(),
    pseudonyms: { ownerOf: user => user, speaker: () => Promise.reject(new Error('Nobody has one.')) },
    sealer: createSealer(randomBytes(32)),
    ownKey: () => Promise.reject(new Error('Nobody asks for it.')),
    delivery,
    visiting: { takeMessage: () => Promise.resolve(null) },
    transparent: { isRouted: () => Promise.resolve(false) },
    commands: tableOf([]),
    correspondents: createCorrespondents(),
    visits: await visitsAt(a, lab.clock),
    work: { run: slowAtFirst as Work['run'] },
    clock: lab.clock,
    random: systemRandom,
  })
  const say = (contact: typeof bob, id: string) => a.host.say({ user: alice, contact, body: 'hello', id })
  await Promise.all([say(bob, 'first'), say(bob, 'second'), say(anna, 'to another')])
  t.same(sent, ['to another', 'first', 'second'])
})
