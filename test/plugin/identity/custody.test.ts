// Custody: a user's own client takes his key over, is certified, writes and reads; and what is not acceptable stays out.
import t from 'tap'
import { generateUserKey, parseCertificate } from '../../../plugin/openpgp/index.js'
import { revokedKey } from '../../_certificates.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { createOxClient } from '../../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b'] })
t.teardown(() => lab.stop())
const [a, b] = lab.servers
if (!a || !b) throw new Error('Two servers were asked for.')
const now = (): number => lab.clock.now()
const alice = createOxClient(a, 'alice@a.example', now())
const bob = createOxClient(b, 'bob@b.example', now())
const said = () => a.shown.at(-1)?.body ?? ''
const shownFingerprint = (client: typeof alice) => client.key.certificate.fingerprint.slice(2).toUpperCase()

t.test('custody is hosted unless a user says otherwise', async t => {
  await a.say(alice.user, null, 'custody')
  t.match(said(), /held by this server \(custody hosted\)/)
  await t.rejects(a.say(alice.user, null, 'custody of my key'), { code: 'command-invalid' })
})

t.test('without a published key the user is told what to do', async t => {
  const refusal = { code: 'custody-wrong', message: /has not published a key.*--ox-genprivkey-x25519/ }
  await t.rejects(a.say(alice.user, null, 'custody client'), refusal)
})

t.test(
  'a code that the holder of the key reads makes it the certified one, at the peers as well',
  async t => {
    alice.publish()
    await a.say(alice.user, null, 'custody client')
    t.ok(said().includes(shownFingerprint(alice)))
    t.not((await a.store.find('user', alice.user))?.fingerprint, alice.key.certificate.fingerprint, 'not yet')
    await alice.takeCustody()
    t.match(said(), /is certified, and your client holds it alone/)
    t.equal((await a.store.find('user', alice.user))?.fingerprint, alice.key.certificate.fingerprint)
    await b.learns(alice.user)
    await lab.pass(1000)
    t.equal((await b.store.find('user', alice.user))?.fingerprint, alice.key.certificate.fingerprint)
  },
)

t.test('the plugin keeps no secret of it, and none of the hosted key before', async t => {
  const sealed = await a.store.loadHostedKey(alice.user)
  // 12 octets of nonce, 16 of tag, and the mailbox key pair.
  t.equal(sealed?.length, 12 + 64 + 16)
})

t.test('the certified key is on the account, in place of what the client had put there', async t => {
  await lab.pass(100)
  const { fingerprint } = alice.key.certificate
  t.same(
    (await a.host.accounts.listedKeys(alice.user)).map(item => item.fingerprint),
    [fingerprint],
  )
  const onAccount = await a.host.accounts.readKey(alice.user, fingerprint)
  t.same(onAccount, (await a.store.find('user', alice.user))?.certificate)
  const certifiers = parseCertificate(onAccount ?? Buffer.alloc(0)).userIds.flatMap(item => item.signatures)
  t.equal(certifiers.length, 2)
})

t.test('what the client encrypts reaches a hosted contact opened, whatever the client calls him', async t => {
  await b.say(bob.user, null, 'help')
  await a.learns(bob.user)
  await alice.write(bob.user, 'from my own key')
  await lab.until(() => b.shown.at(-1)?.body === 'from my own key')
  t.same(b.shown.at(-1)?.contact, alice.user)
})

t.test('what a hosted contact writes reaches the client unopened, and the client opens it', async t => {
  await b.say(bob.user, alice.user, 'to your own key')
  await lab.until(() => a.shown.at(-1)?.contact === bob.user)
  t.match(said(), /encrypted to the key in your own client/)
  t.same(await alice.read(), { from: bob.user, text: 'to your own key' })
})

t.test('between two clients the message passes as it is', async t => {
  bob.publish()
  await bob.takeCustody()
  await a.learns(bob.user)
  await lab.pass(1000)
  await alice.write(bob.user, 'from client to client')
  await lab.until(() => b.shown.at(-1)?.contact === alice.user)
  t.same(await bob.read(), { from: alice.user, text: 'from client to client' })
})

t.test('what the client did not encrypt is refused, and so is what it encrypted to another key', async t => {
  await t.rejects(a.say(alice.user, bob.user, 'in clear'), {
    code: 'custody-wrong',
    message: /has to encrypt/,
  })
  const stranger = generateUserKey(bob.user, now())
  const other = createOxClient(a, alice.user, now(), alice.key)
  const { keyOf } = a.host
  const mistaken = {
    ...a.host,
    keyOf: async () => ({ ...(await keyOf(null)), certificate: stranger.certificate.octets }),
  }
  const writing = createOxClient({ ...a, host: mistaken }, alice.user, now(), other.key).write(bob.user, 'x')
  await t.rejects(writing, { code: 'custody-wrong', message: /another key than the one/ })
})

t.test('commands are taken without encryption only', async t => {
  const sealed = Buffer.from('anything')
  await t.rejects(a.host.say({ user: alice.user, contact: null, body: 'help', sealed }), {
    code: 'custody-wrong',
  })
})

t.test('a key that the client holds is not exported, which never was here: the mailbox key is', async t => {
  await a.say(alice.user, null, 'key export')
  t.match(said(), /^Your client has your key\. These lines are your mailbox key/)
  t.match(said(), /-----BEGIN PGP MESSAGE-----/)
  t.notMatch(said(), /PRIVATE KEY/)
})

t.test('asked again, the server takes up what the client published since', async t => {
  await a.say(alice.user, null, 'custody client')
  t.match(said(), /holds your key .* already/)
})

t.test('a revocation that the client published ends the use of the key', async t => {
  alice.publish(revokedKey(alice.key, now()).octets)
  await t.rejects(a.say(alice.user, null, 'custody client'), {
    code: 'custody-wrong',
    message: /is revoked now/,
  })
  await lab.pass(1000)
  await t.rejects(b.host.keyOf(alice.user), { code: 'recipient-untrusted', message: /revoked/ })
  t.same(await a.host.accounts.listedKeys(alice.user), [], 'and it is listed for nobody')
  await t.rejects(a.say(alice.user, null, 'custody client'), {
    code: 'custody-wrong',
    message: /not published a key/,
  })
})

t.test('back to hosted, the server makes a new key and encrypts again', async t => {
  await a.say(alice.user, null, 'custody hosted')
  t.match(said(), /has made the key/)
  await lab.pass(1000)
  const before = b.shown.length
  await a.say(alice.user, bob.user, 'hosted again')
  await lab.until(() => b.shown.length > before)
  t.same(await bob.read(), { from: alice.user, text: 'hosted again' })
})
