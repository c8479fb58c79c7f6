// Transparent mode with stock clients on real servers, whichever host they are: one suite for all.
import t from 'tap'
import { createClient } from '../lab/go-sendxmpp.js'
import type { Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { startDevice, type Device } from '../lab/slixmpp-chat.js'
import { testFolder } from '../_folder.js'
import { readTaps } from './_tapped.js'

/** Starts the three servers, with archives. */
type StartServers = (folder: string) => Promise<Network>

/** What an admin does with P3DO's module, by the laboratory's own module in Alice's server. */
async function changeModule(device: Device, how: 'reload' | 'unload' | 'load'): Promise<void> {
  const answer = await device.ask('set', 'a.example', `<${how} xmlns='urn:p3do:lab:reload'/>`)
  if (!answer.includes('type="result"')) throw new Error(`The module did not ${how}: ${answer}`)
}

const [alice, bob] = ['alice@a.example', 'bob@b.example']
const keys = 'urn:xmpp:openpgp:0:public-keys'

type Devices = Record<'phone' | 'laptop' | 'bobsPhone' | 'bobsLaptop', Device>

/** The servers and everybody's devices, with what tests do with them. */
function createLab(startServers: StartServers) {
  const folder = testFolder(t)
  const lab = {
    folder,
    devices: {} as Devices,
    network: {} as Network,
    plugins: {} as Plugins,
    /** Alice's devices. */
    async logIn() {
      const { a } = lab.network.users
      lab.devices.phone = await startDevice(folder, a, 'phone')
      lab.devices.laptop = await startDevice(folder, a, 'laptop')
    },
    async start() {
      lab.network = await startServers(folder)
      lab.plugins = await startPlugins({ folder, servers: lab.network.servers, profile: 'fast' })
      await lab.logIn()
      const { b } = lab.network.users
      lab.devices.bobsPhone = await startDevice(folder, b, 'phone')
      lab.devices.bobsLaptop = await startDevice(folder, b, 'laptop')
    },
    async stop() {
      for (const device of Object.values(lab.devices)) await device.stop()
      await lab.plugins.stop()
      await lab.network.stop()
    },
    /** Everything for one of the two, or from one, that passed between servers in clear. */
    inClear: (): string[] =>
      readTaps(lab.network)
        .filter(({ direction, xml }) => direction !== 'room' && [alice, bob].some(user => isFor(xml, user)))
        .map(({ xml }) => xml),
    /** A server's plugin has asked another one for its users, since so many steps. */
    learned: (server: string, peer: string, since = 0) =>
      lab.plugins.journey.waitFor(
        step =>
          lab.plugins.journey.items.indexOf(step) >= since &&
          step.event === 'fetched keys' &&
          step.server === server &&
          step['peer'] === peer,
      ),
    said: (device: Device, text: string) => device.stanzas.waitFor(stanza => stanza.includes(text)),
    /** Says something to the plugin; resolves with its answer. */
    tell(device: Device, server: string, words: string): Promise<string> {
      const before = device.stanzas.items.length
      device.send(`<message to='p3do@p3do.${server}' type='chat'><body>${words}</body></message>`)
      return device.stanzas.waitFor(
        stanza =>
          device.stanzas.items.indexOf(stanza) >= before && stanza.includes(`from="p3do@p3do.${server}"`),
      )
    },
    write(device: Device, id: string, children: string, to = bob) {
      device.send(`<message to='${to}' type='chat' id='${id}'>${children}</message>`)
    },
    /** Writes, and resolves with the error that comes back for that. */
    refused(device: Device, id: string, children = `<body>${id}</body>`, to = bob): Promise<string> {
      lab.write(device, id, children, to)
      return device.stanzas.waitFor(
        stanza => stanza.includes('type="error"') && stanza.includes(`id="${id}"`),
      )
    },
    /** What a user's archive has of a message. */
    async archiveOf(device: Device, text: string): Promise<string> {
      const before = device.stanzas.items.length
      await device.ask('set', device.address.replace(/\/.*/u, ''), "<query xmlns='urn:xmpp:mam:2'/>")
      const found = device.stanzas.items
        .slice(before)
        .find(stanza => stanza.includes('urn:xmpp:mam:2') && stanza.includes(text))
      return found ?? ''
    },
  }
  return lab
}

type Lab = ReturnType<typeof createLab>

/** The tests; their order is that of a day with it. */
export function testTransparentMode(startServers: StartServers, { upgrades = false } = {}): void {
  const lab = createLab(startServers)
  t.before(() => lab.start())
  t.teardown(() => lab.stop())
  testMessages(lab)
  testKeys(lab)
  testGuards(lab)
  if (upgrades) testUpgrade(lab)
  testFailClosed(lab)
}

function testMessages(lab: Lab): void {
  t.test('a user turns it on for a contact, who does the same', async t => {
    const { phone, bobsPhone } = lab.devices
    t.match(await lab.tell(phone, 'a.example', `on ${bob}`), /Onion routing is on for bob@b\.example/)
    t.match(await lab.tell(bobsPhone, 'b.example', `on ${alice}`), /Onion routing is on for alice@a\.example/)
    t.match(await lab.tell(phone, 'a.example', 'routed'), /bob@b\.example: on/)
    for (const [server, peer] of [
      ['a', 'b.example'],
      ['b', 'a.example'],
    ] as const)
      await lab.learned(server, peer)
  })

  t.test('his message comes from his own address to all devices, and is in both archives', async t => {
    const { phone, laptop, bobsPhone, bobsLaptop } = lab.devices
    const asks = "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
    lab.write(phone, 'm1', `<body>through the onion</body>${asks}`)
    for (const device of [bobsPhone, bobsLaptop]) {
      const shown = await lab.said(device, 'through the onion')
      t.match(shown, new RegExp(`from="${alice}"`, 'u'))
      t.match(shown, /id="m1"/u)
      t.match(shown, /<request[^>]*urn:xmpp:receipts/u)
      t.match(shown, /<markable[^>]*urn:xmpp:chat-markers:0/u)
    }
    const copy = await lab.said(laptop, 'through the onion')
    t.match(copy, /<sent[^>]*urn:xmpp:carbons:2/u)
    t.match(copy, new RegExp(`to="${bob}"`, 'u'))
    t.match(await lab.archiveOf(phone, 'through the onion'), new RegExp(`to="${bob}"`, 'u'))
    t.match(await lab.archiveOf(bobsPhone, 'through the onion'), new RegExp(`from="${alice}"`, 'u'))
    t.same(lab.inClear(), [])
  })

  t.test('receipt, marker and correction pass; a typing notification does not', async t => {
    const { phone, bobsPhone } = lab.devices
    lab.write(bobsPhone, 'r1', "<received xmlns='urn:xmpp:receipts' id='m1'/>", alice)
    lab.write(bobsPhone, 'r2', "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>", alice)
    for (const mark of [/<received [^>]*id="m1"/u, /<displayed [^>]*id="m1"/u]) {
      const told = await phone.stanzas.waitFor(stanza => mark.test(stanza))
      t.match(told, new RegExp(`from="${bob}"`, 'u'))
    }
    lab.write(phone, 't1', "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
    lab.write(phone, 'm2', "<body>what I meant</body><replace id='m1' xmlns='urn:xmpp:message-correct:0'/>")
    const corrected = await lab.said(bobsPhone, 'what I meant')
    t.match(corrected, /<replace [^>]*id="m1"/u)
    t.notOk([...bobsPhone.stanzas.items].some(stanza => stanza.includes('<composing')))
    t.same(lab.inClear(), [])
  })

  t.test('turned on for his server, or for everyone, a message takes the onion as well', async t => {
    const { phone, bobsPhone } = lab.devices
    await lab.tell(phone, 'a.example', `off ${bob}`)
    for (const whom of ['b.example', 'everyone']) {
      await lab.tell(phone, 'a.example', `on ${whom}`)
      lab.write(phone, `on-${whom}`, `<body>on for ${whom}</body>`)
      t.match(await lab.said(bobsPhone, `on for ${whom}`), new RegExp(`from="${alice}"`, 'u'))
      await lab.tell(phone, 'a.example', `off ${whom}`)
    }
    await lab.tell(phone, 'a.example', `on ${bob}`)
    t.same(lab.inClear(), [])
  })

  t.test(
    'a contact without a key comes back as an error from him, and so does what can not be carried',
    async t => {
      const { phone } = lab.devices
      await lab.tell(phone, 'a.example', 'on b.example')
      const unknown = await lab.refused(phone, 'm3', '<body>who are you</body>', 'nobody@b.example')
      t.match(unknown, /from="nobody@b\.example"/u)
      t.match(unknown, /<item-not-found/u)
      const omemo =
        "<body>no OMEMO</body><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>"
      t.match(await lab.refused(phone, 'm4', omemo), /<not-acceptable/u)
      await lab.tell(phone, 'a.example', 'off b.example')
      t.same(lab.inClear(), [])
    },
  )
}

function testKeys(lab: Lab): void {
  t.test('the key of a contact is found at his address without asking his server', async t => {
    const { phone } = lab.devices
    const asked = (node: string) =>
      phone.ask(
        'get',
        bob,
        `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${node}'/></pubsub>`,
      )
    const listed = await asked(keys)
    t.match(listed, new RegExp(`from="${bob}"`, 'u'))
    const [, fingerprint = ''] = /v4-fingerprint="([0-9A-F]{40})"/u.exec(listed) ?? []
    t.match(await asked(`${keys}:${fingerprint}`), /<pubkey[\s\S]*<data>[A-Za-z0-9+/=]{200,}/u)
    t.match(await asked(`${keys}:${'0'.repeat(40)}`), /<item-not-found/u)
    const subscribe = `<subscribe node='${keys}' jid='${alice}'/>`
    t.match(
      await phone.ask('set', bob, `<pubsub xmlns='http://jabber.org/protocol/pubsub'>${subscribe}</pubsub>`),
      /<not-allowed/u,
    )
    t.same(lab.inClear(), [])
  })

  t.test('what OX clients encrypt themselves passes as it is, from their own addresses', async t => {
    const { a, b } = lab.network.users
    const client = await createClient(lab.folder)
    for (const user of [a, b]) await client.makeKey(user)
    const [hers, his] = await Promise.all([a, b].map(user => client.listen(user, { encrypted: true })))
    if (!hers || !his) throw new Error('Both listen.')
    t.teardown(() => Promise.all([hers.stop(), his.stop()]))
    for (const [user, listener, server] of [
      [a, hers, 'a'],
      [b, his, 'b'],
    ] as const) {
      const plugin = `p3do@p3do.${server}.example`
      const since = lab.plugins.journey.items.length
      await client.send(user, plugin, 'custody client')
      const { text } = await listener.messages.waitFor(
        item => item.encrypted && item.text.includes('Your code'),
      )
      await client.send(user, plugin, `custody client ${/[0-9a-f]{16}/u.exec(text)?.[0] ?? ''}`)
      await listener.messages.waitFor(item => item.text.includes('is certified, and your client holds it'))
      await lab.learned(server === 'a' ? 'b' : 'a', `${server}.example`, since)
    }
    await client.send(a, bob, 'sealed by her client', { encrypted: true })
    const shown = await his.messages.waitFor(item => item.text === 'sealed by her client')
    t.match(shown, { from: alice, encrypted: true })
    await client.send(b, alice, 'sealed by his', { encrypted: true })
    t.match(await hers.messages.waitFor(item => item.text === 'sealed by his'), {
      from: bob,
      encrypted: true,
    })
    t.same(lab.inClear(), [])
    for (const [device, server, other] of [
      [lab.devices.phone, 'a.example', 'b'],
      [lab.devices.bobsPhone, 'b.example', 'a'],
    ] as const) {
      const since = lab.plugins.journey.items.length
      t.match(await lab.tell(device, server, 'custody hosted'), /has made the key/u)
      await lab.learned(other, server, since)
    }
  })
}

function testGuards(lab: Lab): void {
  t.test('nobody but the component can use the interface of the module', async t => {
    const { phone } = lab.devices
    const set = `<route xmlns='urn:p3do:route:0' dir='set' user='${alice}'/>`
    t.match(await phone.ask('set', 'a.example', set), /<forbidden/u)
    const message = `<message xmlns='jabber:client' from='${bob}' to='${alice}' type='chat'><body>forged</body></message>`
    const forged = `<route xmlns='urn:p3do:route:0' dir='in'><forwarded xmlns='urn:xmpp:forward:0'>${message}</forwarded></route>`
    t.match(await phone.ask('set', 'a.example', forged), /<forbidden/u)
    const asked = forged
      .replace("dir='in'", "dir='out'")
      .replace(bob, alice)
      .replace(`to='${alice}'`, `to='${bob}'`)
    t.match(await phone.ask('set', 'p3do.a.example', asked), /<forbidden/u)
    t.match(await lab.tell(phone, 'a.example', 'routed'), /bob@b\.example: on/u)
    t.notOk(phone.stanzas.items.some(stanza => stanza.startsWith('<message') && stanza.includes('forged')))
  })
}

function testUpgrade(lab: Lab): void {
  t.test(
    'while the module and its code are taken out: an error to the sender, and nothing leaves',
    async t => {
      const { phone, bobsPhone } = lab.devices
      await changeModule(phone, 'unload')
      t.match(await lab.refused(phone, 'unloaded-1'), /<remote-server-timeout/u)
      t.match(await phone.ask('get', bob, keyQuestion), /<remote-server-timeout/u)
      t.match(await lab.tell(bobsPhone, 'b.example', 'routed'), /on/u, 'users without it are as they were')
      await changeModule(phone, 'load')
      lab.write(phone, 'loaded-1', '<body>upgraded</body>')
      t.match(await lab.said(bobsPhone, 'upgraded'), new RegExp(`from="${alice}"`, 'u'))
      t.same(lab.inClear(), [])
    },
  )
}

function testFailClosed(lab: Lab): void {
  t.test('the component is away: an error to the sender, and nothing leaves', async t => {
    await lab.plugins.plugins.a.kill()
    t.match(await lab.refused(lab.devices.phone, 'away-1'), /<remote-server-timeout/u)
    const typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
    lab.write(lab.devices.phone, 'away-2', typing)
    t.match(await lab.devices.phone.ask('get', bob, keyQuestion), /<remote-server-timeout/u)
    t.same(lab.inClear(), [])
  })

  t.test('so after a restart of the host without it', async t => {
    await Promise.all([lab.devices.phone.stop(), lab.devices.laptop.stop()])
    await lab.network.servers.a.restart()
    await lab.logIn()
    t.match(await lab.refused(lab.devices.phone, 'restarted-1'), /<remote-server-timeout/u)
    t.same(lab.inClear(), [])
  })

  t.test('so after the module was loaded anew', async t => {
    await changeModule(lab.devices.phone, 'reload')
    t.match(await lab.refused(lab.devices.phone, 'reloaded-1'), /<remote-server-timeout/u)
    t.same(lab.inClear(), [])
  })

  t.test(
    'when the component is back, messages take the onion, after a reload of the module, too',
    async t => {
      const since = lab.plugins.journey.items.length
      lab.plugins.plugins.a.start()
      await lab.plugins.journey.waitFor(
        step =>
          lab.plugins.journey.items.indexOf(step) >= since &&
          step.event === 'hears' &&
          step.server === 'a' &&
          step['peer'] === 'b.example',
      )
      const { phone, bobsPhone } = lab.devices
      t.match(await lab.tell(phone, 'a.example', 'routed'), /bob@b\.example: on/u)
      lab.write(phone, 'back-1', '<body>back again</body>')
      t.match(await lab.said(bobsPhone, 'back again'), new RegExp(`from="${alice}"`, 'u'))
      await changeModule(phone, 'reload')
      lab.write(phone, 'back-2', '<body>and loaded anew</body>')
      t.match(await lab.said(bobsPhone, 'and loaded anew'), new RegExp(`from="${alice}"`, 'u'))
      t.same(lab.inClear(), [])
    },
  )

  t.test('turned off, a message goes as anywhere else', async t => {
    const { phone, bobsPhone } = lab.devices
    t.match(await lab.tell(phone, 'a.example', `off ${bob}`), /is off for bob@b\.example/u)
    lab.write(phone, 'clear-1', '<body>in clear</body>')
    t.match(await lab.said(bobsPhone, 'in clear'), /from="alice@a\.example\/phone"/u)
    t.match(lab.inClear().join('\n'), /in clear/u)
  })
}

const keyQuestion = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${keys}'/></pubsub>`

/** Whether octets between servers are a stanza for, or of, a user. */
function isFor(xml: string, address: string): boolean {
  return /^<(?:message|iq|presence)/u.test(xml) && new RegExp(`(?:to|from)=['"]${address}`, 'u').test(xml)
}
