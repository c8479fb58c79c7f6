// Accounts over a scripted host: what is asked, what is read of the answers, and what it means when there is none.
import t from 'tap'
import { createAccounts } from '../../../adapters/xmpp/accounts.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { createRig, settleLong } from './_rig.js'

const alice = parseUserAddress('alice@a.example')
const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)
const other = parseFingerprint(`04${'cd'.repeat(20)}`)
const list = 'urn:xmpp:openpgp:0:public-keys'
const node = `${list}:${'AB'.repeat(20)}`
const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'

type RigTest = Parameters<typeof createRig>[0]

async function createAccountRig(t: RigTest) {
  const rig = await createRig(t)
  const accounts = createAccounts({ link: rig.link, hostDomain: 'a.example' })
  const stream = await rig.online()
  /** Answers the next question with children of a result, or with an error condition. */
  const answer = async (children: string, condition = '') => {
    const iq = await stream.stanza('iq')
    const error = `<error type='cancel'><${condition} xmlns='${stanzas}'/></error>`
    const [type, inside] = condition === '' ? ['result', children] : ['error', error]
    const [id, to] = [String(iq.attrs['id']), String(iq.attrs['to'])]
    stream.write(`<iq type='${type}' id='${id}' from='${to}' to='p3do.a.example'>${inside}</iq>`)
    return iq
  }
  return { ...rig, accounts, answer }
}

const items = (payload: string) =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='x'><item id='current'>${payload}</item></items></pubsub>`
const listOf = (...entries: string[]) =>
  items(`<public-keys-list xmlns='urn:xmpp:openpgp:0'>${entries.join('')}</public-keys-list>`)
const entry = (digits: string, date = '2026-11-26T05:00:00Z') =>
  `<pubkey-metadata v4-fingerprint='${digits}' date='${date}'/>`
const keyOf = (text: string) => items(`<pubkey xmlns='urn:xmpp:openpgp:0'><data>${text}</data></pubkey>`)

t.test('the listed keys are those of the list, in either case, with their dates', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const asked = accounts.listedKeys(alice)
  const iq = await answer(listOf(entry('AB'.repeat(20)), entry('cd'.repeat(20), 'never')))
  t.match(iq.attrs, { type: 'get', to: alice })
  t.equal(iq.getChild('pubsub')?.getChild('items')?.attrs['node'], list)
  t.same(await asked, [
    { fingerprint, changed: Date.UTC(2026, 10, 26, 5) },
    { fingerprint: other, changed: 0 },
  ])
})

t.test('what is no key is passed over, and more than sixteen are not read', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const asked = accounts.listedKeys(alice)
  await answer(
    listOf(entry('AB'.repeat(16)), entry(''), '<pubkey-metadata/>', '<x/>', entry('zz'.repeat(20))),
  )
  t.same(await asked, [])
  const many = accounts.listedKeys(alice)
  await answer(listOf(...Array.from({ length: 40 }, () => entry('AB'.repeat(20)))))
  t.equal((await many).length, 16)
})

t.test('an account without nodes, with hidden ones or with other things in them has no keys', async t => {
  const { accounts, answer } = await createAccountRig(t)
  for (const condition of ['item-not-found', 'forbidden', 'not-authorized', 'service-unavailable']) {
    const [listed] = await Promise.all([accounts.listedKeys(alice), answer('', condition)])
    t.same(listed, [], condition)
    const [key] = await Promise.all([accounts.readKey(alice, fingerprint), answer('', condition)])
    t.equal(key, null, condition)
  }
  for (const odd of ['', items(''), items("<other xmlns='x'/>"), '<x/>']) {
    const [key] = await Promise.all([accounts.readKey(alice, fingerprint), answer(odd)])
    t.equal(key, null, odd)
  }
})

t.test('a key is read with or without line breaks, and a huge or empty one is refused', async t => {
  const { accounts, answer, clock } = await createAccountRig(t)
  const octets = Buffer.alloc(65_536, 7)
  const lines = octets.toString('base64').replace(/.{76}/gu, '$&\n')
  const reading = accounts.readKey(alice, fingerprint)
  const iq = await answer(keyOf(lines))
  await settleLong(clock)
  t.equal(iq.getChild('pubsub')?.getChild('items')?.attrs['node'], node)
  t.same(await reading, octets)
  for (const text of ['', '!', Buffer.alloc(65_537).toString('base64'), 'A'.repeat(200_000)]) {
    const refused = t.rejects(accounts.readKey(alice, fingerprint), { code: 'bad-format' })
    await answer(keyOf(text))
    await settleLong(clock)
    await refused
  }
})

t.test('a key is written before the list, by the host’s module', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const key = { fingerprint, certificate: Buffer.from('a key'), changed: Date.UTC(2026, 0, 1) }
  const writing = accounts.publishKey(alice, key, [key])
  const [first, second] = [await answer(''), await answer('')].map(iq =>
    iq.getChild('route', 'urn:p3do:route:0'),
  )
  t.equal(await writing, true)
  t.match(first?.attrs, { dir: 'key', user: alice, node })
  const pubkey = first?.getChild('item')?.getChild('pubkey', 'urn:xmpp:openpgp:0')
  t.equal(Buffer.from(pubkey?.getChildText('data') ?? '', 'base64').toString(), 'a key')
  t.match(second?.attrs, { dir: 'key', user: alice, node: list })
  const listed = second?.getChild('item')?.getChild('public-keys-list', 'urn:xmpp:openpgp:0')
  t.match(listed?.getChild('pubkey-metadata')?.attrs, {
    'v4-fingerprint': 'AB'.repeat(20),
    date: '2026-01-01T00:00:00Z',
  })
})

t.test('without the module nothing is written, and nobody knows whether an account exists', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const key = { fingerprint, certificate: Buffer.from('a key'), changed: 0 }
  const [published] = await Promise.all([
    accounts.publishKey(alice, key, [key]),
    answer('', 'service-unavailable'),
  ])
  t.equal(published, false)
  const [known] = await Promise.all([accounts.exists(alice), answer('', 'service-unavailable')])
  t.equal(known, null)
})

t.test('with it an account exists or not', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const [[yes, iq], [no]] = [
    await Promise.all([accounts.exists(alice), answer('')]),
    await Promise.all([accounts.exists(alice), answer('', 'item-not-found')]),
  ]
  t.equal(yes, true)
  t.equal(no, false)
  t.match(iq.attrs, { type: 'get', to: 'a.example' })
  t.equal(iq.getChild('account', 'urn:p3do:route:0')?.attrs['user'], alice)
})

t.test('which account it is says its mark; an older module, a strange one and none say nothing', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const account = (attributes: string) => `<account xmlns='urn:p3do:route:0' ${attributes}/>`
  const cases: readonly (readonly [string, object | null])[] = [
    [account("marks='m1' mark='m2'"), { host: 'm1', account: 'm2' }],
    [account("mark='m2'"), null],
    [account("marks='' mark='m2'"), null],
    [account(`marks='m1' mark='${'x'.repeat(129)}'`), null],
    ["<account xmlns='urn:other' marks='m1' mark='m2'/>", null],
    ['', null],
  ]
  for (const [child, mark] of cases) {
    const [found] = await Promise.all([accounts.markOf(alice), answer(child)])
    t.same(found, mark, child)
  }
  for (const condition of ['item-not-found', 'service-unavailable']) {
    const [found] = await Promise.all([accounts.markOf(alice), answer('', condition)])
    t.equal(found, null)
  }
})

t.test('a host that fails is no host without the module', async t => {
  const { accounts, answer } = await createAccountRig(t)
  const failing: (() => Promise<unknown>)[] = [
    () => accounts.exists(alice),
    () => accounts.listedKeys(alice),
    () => accounts.publishKey(alice, { fingerprint, certificate: Buffer.from('x'), changed: 0 }, []),
  ]
  for (const ask of failing) {
    const refused = t.rejects(ask(), { code: 'peer-refused' })
    await answer('', 'internal-server-error')
    await refused
  }
})
