// Mail that arrives: shown only when it is for a user here, opened by his key, and signed by who sent it.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { Delivery } from '../../../plugin/delivery/index.js'
import { createCorrespondents, startGateway } from '../../../plugin/gateway/index.js'
import { encodeSigncrypt } from '../../../plugin/gateway/signcrypt.js'
import { createLocalUsers } from '../../../plugin/identity/index.js'
import { generateUserKey, type Certificate, type UserKey } from '../../../plugin/openpgp/index.js'
import { sealMessage } from '../../../plugin/openpgp/message.js'
import type { ChatMessage, UserAddress } from '../../../plugin/ports.js'
import { createSealer } from '../../../plugin/sealer.js'
import { sameThread } from '../../../plugin/work.js'
import { tableOf } from '../commands/_table.js'
import { visitsAt } from '../../_visits.js'
import { createFederated, type FederatedServer } from '../../_federated.js'
import { hostedKey } from '../../_hosted-key.js'

const alice = parseUserAddress('alice@a.example')
const mallory = parseUserAddress('mallory@a.example')
const bob = parseUserAddress('bob@b.example')
const anna = parseUserAddress('anna@b.example')

const chat = { kind: 'message' as const, asks: [], once: 'name-1', replaces: null }
const nowhere: Pick<Delivery, 'send'> = { send: () => Promise.resolve() }

/** Alice and Mallory at a, Bob and Anna at b, and b's gateway. */
async function rig(t: Test) {
  const lab = createFederated()
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const hostedAt = ({ domain, store, directory }: FederatedServer) =>
    createLocalUsers({
      domain,
      store,
      sealer: createSealer(randomBytes(32)),
      directory,
      work: sameThread,
      clock: lab.clock,
    })
  const [atA, atB] = [hostedAt(a), hostedAt(b)]
  const keys = {
    alice: hostedKey(await atA.enrolled(alice)),
    mallory: hostedKey(await atA.enrolled(mallory)),
    bob: hostedKey(await atB.enrolled(bob)),
    anna: hostedKey(await atB.enrolled(anna)),
  }
  await lab.pass(2000)
  const shown: ChatMessage[] = []
  b.host.onShown(message => void shown.push(message))
  const gateway = startGateway({
    domain: b.domain,
    users: b.host.users,
    admins: [],
    counters: b.counters,
    locals: atB,
    ensureSameAccount: () => Promise.resolve(),
    pseudonyms: { ownerOf: user => user, speaker: () => Promise.reject(new Error('Nobody has one.')) },
    sealer: createSealer(randomBytes(32)),
    ownKey: () => Promise.reject(new Error('Nobody asks for it.')),
    directory: b.directory,
    delivery: nowhere,
    visiting: { takeMessage: () => Promise.resolve(null) },
    transparent: { isRouted: () => Promise.resolve(false) },
    commands: tableOf([]),
    correspondents: createCorrespondents(),
    visits: await visitsAt(b, lab.clock),
    work: sameThread,
    clock: lab.clock,
    random: systemRandom,
  })
  const seal = (from: UserKey, to: Certificate, named: UserAddress = bob) =>
    sealMessage(encodeSigncrypt(named, 'hello', lab.clock.now(), systemRandom), from, to, lab.clock.now())
  return { ...lab, gateway, keys, shown, seal }
}

t.test('mail by the sender’s key, for the recipient’s key, naming him, is shown', async t => {
  const { gateway, keys, shown, seal } = await rig(t)
  await (
    await gateway.open({
      ...chat,
      id: 'm1',
      sender: alice,
      recipient: bob,
      payload: await seal(keys.alice, keys.bob.certificate),
    })
  )()
  t.same(shown, [{ user: bob, contact: alice, body: 'hello', id: 'm1', once: 'name-1' }])
})

t.test(
  'what was signcrypted for another recipient is refused, also when it is encrypted to this one',
  async t => {
    const { gateway, keys, shown, seal } = await rig(t)
    const passedOn = await seal(keys.alice, keys.bob.certificate, anna)
    await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: bob, payload: passedOn }), {
      code: 'bad-format',
    })
    const foreign = await seal(keys.alice, keys.anna.certificate)
    await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: bob, payload: foreign }), {
      code: 'bad-format',
    })
    t.same(shown, [])
  },
)

t.test('what another user of the same server signed is not shown as the sender’s', async t => {
  const { gateway, keys, shown, seal, clock } = await rig(t)
  const forged = await seal(keys.mallory, keys.bob.certificate)
  await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: bob, payload: forged }), {
    code: 'bad-format',
  })
  const selfMade = await seal(generateUserKey(alice, clock.now()), keys.bob.certificate)
  await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: bob, payload: selfMade }), {
    code: 'bad-format',
  })
  t.same(shown, [])
})

t.test('mail for nobody here is refused; for a visitor who is not here any more it waits', async t => {
  const { gateway, keys, shown, seal } = await rig(t)
  const payload = await seal(keys.alice, keys.bob.certificate)
  const nobody = parseUserAddress('nobody@b.example')
  await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: nobody, payload }), {
    code: 'recipient-unknown',
  })
  await t.rejects(gateway.open({ ...chat, id: 'm1', sender: bob, recipient: alice, payload }), {
    code: 'peer-unreachable',
  })
  t.same(shown, [])
})

t.test('garbage, and any octet of a message changed: refused, nothing is shown', async t => {
  const { gateway, keys, shown, seal } = await rig(t)
  const good = await seal(keys.alice, keys.bob.certificate)
  const payloads = [Buffer.alloc(0), randomBytes(600), Buffer.alloc(40_000), good.subarray(0, -1)]
  for (let at = 0; at < good.length; at += 7) {
    const changed = Buffer.from(good)
    changed[at] = (changed[at] ?? 0) ^ 1
    payloads.push(changed)
  }
  for (const payload of payloads)
    await t.rejects(gateway.open({ ...chat, id: 'm1', sender: alice, recipient: bob, payload }), {
      code: 'bad-format',
    })
  t.same(shown, [])
})

t.test(
  'a sender whose key does not come is waited for, and refused when his server says that there is none',
  async t => {
    const { gateway, keys, shown, seal, pass } = await rig(t)
    const payload = await seal(keys.alice, keys.bob.certificate)
    const unknown = parseUserAddress('unknown@a.example')
    const refused = t.rejects(gateway.open({ ...chat, id: 'm1', sender: unknown, recipient: bob, payload }), {
      code: 'sender-unknown',
    })
    await pass(21_000, 1000)
    await refused
    t.same(shown, [])
  },
)
