// Hosted users: their keys are made once, lie sealed in the store, and belong to one user of this server.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { createLocalUsers } from '../../../plugin/identity/index.js'
import { parseMailboxText } from '../../../plugin/identity/mailbox-copy.js'
import { generateUserKey, revokeKey, secretOctets } from '../../../plugin/openpgp/index.js'
import { openCopy } from '../../../plugin/openpgp/sealed-copy.js'
import { changeOwnKey, mailboxKeyOf } from '../../../plugin/pki/index.js'
import { createSealer } from '../../../plugin/sealer.js'
import { sameThread } from '../../../plugin/work.js'
import { createFederated } from '../../_federated.js'
import { hostedKey } from '../../_hosted-key.js'

const alice = parseUserAddress('alice@a.example')

async function rig(t: Test, seal = randomBytes(32)) {
  const lab = createFederated()
  const server = await lab.add('a')
  t.teardown(() => server.stop())
  const { domain, store, directory } = server
  const hosted = createLocalUsers({
    domain,
    store,
    sealer: createSealer(seal),
    directory,
    work: sameThread,
    clock: lab.clock,
  })
  return { ...lab, server, hosted, seal }
}

t.test('the first call makes the keys and publishes them, certified with the mailbox key', async t => {
  const { hosted, server, clock } = await rig(t)
  t.equal(await hosted.find(alice), null)
  const made = await hosted.enrolled(alice)
  const certificate = await server.directory.user(alice)
  t.equal(certificate.fingerprint, hostedKey(made).certificate.fingerprint)
  const mailbox = await mailboxKeyOf(certificate, alice, server.identity.certificate, clock.now())
  t.same(mailbox, made.mailbox.octets)
})

t.test('the certification has a copy of the mailbox key that the user alone can open', async t => {
  const { hosted, server } = await rig(t)
  const made = await hosted.enrolled(alice)
  const { key, copy } = (await server.directory.mailbox(alice)) ?? {}
  t.same(key, made.mailbox.octets)
  const opened = await openCopy(copy ?? Buffer.alloc(0), hostedKey(made))
  const found = parseMailboxText(opened.toString(), made.mailbox.octets)
  t.same(found && secretOctets(found), secretOctets(made.mailbox))
  await t.rejects(openCopy(copy ?? Buffer.alloc(0), generateUserKey(alice, Date.now())), {
    code: 'bad-format',
  })
})

t.test('so has that of a key in a client', async t => {
  const { hosted, server, clock } = await rig(t)
  const key = generateUserKey(alice, clock.now())
  await hosted.entrust(alice, key.certificate)
  const { copy } = (await server.directory.mailbox(alice)) ?? {}
  const mailbox = (await hosted.find(alice))?.mailbox.octets ?? Buffer.alloc(0)
  const opened = await openCopy(copy ?? Buffer.alloc(0), key)
  t.ok(parseMailboxText(`\n${opened.toString()}\n`, mailbox))
  t.equal(parseMailboxText(opened.toString(), Buffer.alloc(32, 9)), null, 'of another mailbox')
  t.equal(parseMailboxText('P3DO mailbox key v1 AAAA', mailbox), null)
})

t.test('later calls, at once or after a restart, give the same keys', async t => {
  const { hosted, server, seal, clock } = await rig(t)
  const [one, other] = await Promise.all([hosted.enrolled(alice), hosted.enrolled(alice)])
  const { domain, store, directory } = server
  const restarted = createLocalUsers({
    domain,
    store,
    sealer: createSealer(seal),
    directory,
    work: sameThread,
    clock,
  })
  for (const again of [other, await hosted.enrolled(alice), await restarted.enrolled(alice)]) {
    t.equal(hostedKey(again).certificate.fingerprint, one.fingerprint)
    t.same(secretOctets(again.mailbox), secretOctets(one.mailbox))
  }
  t.equal((await restarted.find(alice))?.key?.certificate.fingerprint, one.fingerprint)
})

t.test('what the store holds has no octet of a secret in clear, and the ring none at all', async t => {
  const { hosted, server } = await rig(t)
  const { key, mailbox } = await hosted.enrolled(alice)
  const sealed = await server.store.loadHostedKey(alice)
  const ring = await server.store.find('user', alice)
  const secrets = [...(key?.secrets.values() ?? []), secretOctets(mailbox)]
  t.equal(secrets.length, 3)
  for (const secret of secrets) {
    const part = secret.subarray(0, 8)
    t.notOk(sealed?.includes(part))
    t.notOk(ring?.certificate.includes(part))
  }
  t.notOk(sealed?.includes('alice'))
})

t.test('under another seal the keys do not open, and no new ones are made in their place', async t => {
  const { hosted, server, clock } = await rig(t)
  await hosted.enrolled(alice)
  const before = await server.store.loadHostedKey(alice)
  const { domain, store, directory } = server
  const other = createLocalUsers({
    domain,
    store,
    sealer: createSealer(randomBytes(32)),
    directory,
    work: sameThread,
    clock,
  })
  await t.rejects(other.enrolled(alice), { code: 'secret-missing' })
  await t.rejects(other.find(alice), { code: 'secret-missing' })
  t.same(await server.store.loadHostedKey(alice), before)
})

t.test('one user’s sealed keys do not open as another’s', async t => {
  const { hosted, server } = await rig(t)
  await hosted.enrolled(alice)
  const anna = parseUserAddress('anna@a.example')
  await server.store.saveHostedKey(anna, (await server.store.loadHostedKey(alice)) ?? Buffer.alloc(0))
  await t.rejects(hosted.find(anna), { code: 'secret-missing' })
})

t.test('a user of another domain, or of a part of this one, is refused and nothing is made', async t => {
  const { hosted, server } = await rig(t)
  for (const address of ['bob@b.example', 'alice@sub.a.example', 'alice@a.example.b.example']) {
    const user = parseUserAddress(address)
    await t.rejects(hosted.enrolled(user), { code: 'not-local' })
    t.equal(await server.store.loadHostedKey(user), null)
  }
})

t.test('a crash between storing and publishing is made up for at the next call', async t => {
  const { hosted, server, seal, clock } = await rig(t)
  const { domain, store, directory } = server
  const publishUser = (): Promise<void> => Promise.reject(new Error('The machine is out of power.'))
  const crashing = createLocalUsers({
    domain,
    store,
    sealer: createSealer(seal),
    directory: { ...directory, publishUser },
    work: sameThread,
    clock,
  })
  await t.rejects(crashing.enrolled(alice), /out of power/)
  const kept = await hosted.find(alice)
  const key = hostedKey(await hosted.enrolled(alice))
  t.equal(key.certificate.fingerprint, kept?.key?.certificate.fingerprint)
  t.equal((await directory.user(alice)).fingerprint, key.certificate.fingerprint)
})

t.test(
  'a revoked hosted key is not certified again when a crash comes while another takes its place',
  async t => {
    const { hosted, server, seal, clock } = await rig(t)
    const { domain, store, directory } = server
    const { key } = await hosted.enrolled(alice)
    const entry = await store.find('user', alice)
    if (!key || !entry) throw new Error('The key is hosted and published.')
    await directory.amend(entry, revokeKey(key, clock.now()).octets)
    const client = generateUserKey(alice, clock.now()).certificate
    const saveHostedKey = (): Promise<void> => Promise.reject(new Error('The machine is out of power.'))
    const publishUser = async (...given: Parameters<typeof directory.publishUser>): Promise<void> => {
      await directory.publishUser(...given)
      throw new Error('The machine is out of power.')
    }
    const parts = { domain, sealer: createSealer(seal), work: sameThread, clock }
    for (const crashing of [
      createLocalUsers({ ...parts, directory, store: { ...store, saveHostedKey } }),
      createLocalUsers({ ...parts, store, directory: { ...directory, publishUser } }),
    ]) {
      await t.rejects(crashing.entrust(alice, client), /out of power/)
      const again = await hosted.enrolled(alice)
      t.notOk(again.fingerprint === key.certificate.fingerprint && again.doubt === null)
    }
    t.match(await hosted.enrolled(alice), { fingerprint: client.fingerprint, doubt: null })
  },
)

t.test('what the server took back stays so when the server changes its key', async t => {
  const { hosted, server, pass } = await rig(t)
  const { directory, identity, federation } = server
  await hosted.enrolled(alice)
  await directory.revokeUser(alice)
  await changeOwnKey(identity, directory, federation)
  for (let days = 0; days < 3; days++) {
    await pass(24 * 3_600_000, 3_600_000)
    await directory.takeOver()
    t.equal((await hosted.enrolled(alice)).doubt, 'certification-revoked')
  }
})
