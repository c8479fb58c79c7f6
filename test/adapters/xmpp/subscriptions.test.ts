import t from 'tap'
import { acceptSubscriptions } from '../../../adapters/xmpp/subscriptions.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { ListedAddress } from '../../../plugin/ports.js'
import { caughtUp, createRig } from './_rig.js'

const bobHere = 'bob\\40b.example@p3do.a.example'

type RigTest = Parameters<typeof createRig>[0]

async function createPresenceRig(t: RigTest) {
  const rig = await createRig(t)
  const options = { link: rig.link, hostDomain: 'a.example', counters: { count: rig.count } }
  const presence = acceptSubscriptions(options)
  const listed: string[] = []
  presence.onListed((user, address, isListed) => listed.push(`${user} ${address} ${String(isListed)}`))
  return { ...rig, presence, listed, stream: await rig.online() }
}

const presence = (type: string, from: string, to: string) =>
  `<presence type='${type}' from='${from}' to='${to}'/>`

for (const to of [bobHere, 'p3do.a.example']) {
  t.test(`a local user may have ${to} in his contact list and sees it available`, async t => {
    const { stream } = await createPresenceRig(t)
    stream.write(presence('subscribe', 'alice@a.example', to))
    t.same((await stream.stanza('presence')).attrs, { type: 'subscribed', from: to, to: 'alice@a.example' })
    t.same((await stream.stanza('presence')).attrs, { from: to, to: 'alice@a.example' })
    stream.write(presence('probe', 'alice@a.example/x', to))
    t.same((await stream.stanza('presence')).attrs, { from: to, to: 'alice@a.example/x' })
    stream.write(presence('unsubscribe', 'alice@a.example', to))
    t.same((await stream.stanza('presence')).attrs, { type: 'unsubscribed', from: to, to: 'alice@a.example' })
  })
}

t.test('users of other servers, and addresses that are no contacts, are refused', async t => {
  const { stream, counted } = await createPresenceRig(t)
  for (const [from, to] of [
    ['eve@b.example', bobHere],
    ['alice@a.example', 'listener@p3do.a.example'],
  ] as const) {
    stream.write(presence('subscribe', from, to))
    t.same((await stream.stanza('presence')).attrs, { type: 'unsubscribed', from: to, to: from })
  }
  t.equal(counted('subscription-refused'), 2)
})

t.test('all other presence is not answered, and counted where it comes from strangers', async t => {
  const { stream, counted } = await createPresenceRig(t)
  for (const type of ['unavailable', 'error', 'subscribed', 'unsubscribed', 'probes']) {
    stream.write(presence(type, 'alice@a.example/x', bobHere))
  }
  stream.write(`<presence from='alice@a.example/x' to='${bobHere}'/>`)
  stream.write(presence('probe', 'eve@b.example', bobHere) + presence('subscribe', 'a.example', bobHere))
  stream.write("<message from='alice@a.example/x' to='p3do.a.example' type='probe'/>")
  await caughtUp(stream)
  t.notMatch(stream.received(), /<presence/)
  t.equal(counted('presence-dropped'), 1)
})

t.test('whom local users have in their lists is noted: when they ask, look, and take out', async t => {
  const { stream, listed } = await createPresenceRig(t)
  stream.write(presence('subscribe', 'alice@a.example', bobHere))
  stream.write(presence('probe', 'alice@a.example/x', `${bobHere}/y`))
  stream.write(presence('unsubscribe', 'alice@a.example', bobHere))
  stream.write(presence('probe', 'eve@b.example', bobHere))
  stream.write(presence('unavailable', 'alice@a.example/x', bobHere))
  stream.write(presence('subscribe', 'alice@a.example', 'listener@p3do.a.example'))
  await caughtUp(stream)
  t.same(
    listed,
    ['true', 'true', 'false'].map(isListed => `alice@a.example ${bobHere} ${isListed}`),
  )
})

t.test(
  'a user is shown an address as there, each connection is told of, and addresses tell of pseudonyms',
  async t => {
    const rig = await createRig(t)
    const { onConnected, show, pseudonymAt } = acceptSubscriptions({
      link: rig.link,
      hostDomain: 'a.example',
      counters: { count: rig.count },
    })
    const alice = parseUserAddress('alice@a.example')
    const address = bobHere as ListedAddress
    t.equal(show(alice, address), false, 'there is no link yet')
    let connections = 0
    onConnected(() => connections++)
    const stream = await rig.online()
    t.equal(connections, 1)
    t.equal(show(alice, address), true)
    t.same((await stream.stanza('presence')).attrs, { from: bobHere, to: 'alice@a.example' })
    t.equal(pseudonymAt(address), null)
    t.equal(pseudonymAt('bob\\40b.example+fox@p3do.a.example' as ListedAddress), 'fox@p3do.a.example')
  },
)

t.test('an address is taken out of a list by the host’s module, and is away at every host', async t => {
  const { stream, presence: link } = await createPresenceRig(t)
  const [alice, address] = [parseUserAddress('alice@a.example'), bobHere as ListedAddress]
  const answers = { result: true, 'service-unavailable': false, 'internal-server-error': false }
  for (const [answer, isOut] of Object.entries(answers)) {
    const taken = link.takeOut(alice, address)
    t.same((await stream.stanza('presence')).attrs, { type: 'unsubscribed', from: bobHere, to: alice })
    const iq = await stream.stanza('iq')
    t.equal(iq.attrs['to'], 'a.example')
    const { dir, user, jid } = iq.getChild('route', 'urn:p3do:route:0')?.attrs ?? {}
    t.same([dir, user, jid], ['unlist', alice, bobHere])
    const type = answer === 'result' ? 'result' : 'error'
    const error = `<error type='cancel'><${answer} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
    stream.write(
      `<iq type='${type}' id='${String(iq.attrs['id'])}' from='a.example' to='p3do.a.example'>${type === 'error' ? error : ''}</iq>`,
    )
    t.equal(await taken, isOut, answer)
  }
})
