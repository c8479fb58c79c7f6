// Hostile accounts and a hostile component on the real network: each stanza gets the answer that it must get and is
// counted, no log holds a word of it, no process ends, and messages and cells go on.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createClient } from '../lab/go-sendxmpp.js'
import { startHostileNetwork, type HostileNetwork, type Party } from './_hostile-network.js'
import { attacks, type Attack } from './_hostile-stanzas.js'
import type { HostileStream } from './_hostile-stream.js'
import { framesIn, readTaps, type Tapped } from './_tapped.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t)
const marker = `m${randomBytes(12).toString('hex')}`
const expected = new Map<string, number>()
let hostile: HostileNetwork
let room: string
let pids: number[]
let began: number
let ids = 0

t.before(async () => {
  hostile = await startHostileNetwork(folder)
  room = spoken()[0]?.to ?? ''
  pids = processes()
  began = Date.now()
})

t.teardown(() => hostile.stop())

for (const attack of attacks) {
  t.test(`${attack.name} by ${attack.by.join(', ')} brings ${attack.answer ?? 'silence'}`, async t => {
    await Promise.all(
      attack.by.map(async by => {
        const answer = await attempt(hostile.parties[by], by, attack)
        if (attack.answer === null) t.equal(answer, null, by)
        else t.match(answer, patternOf(attack.answer), by)
      }),
    )
  })
}

t.test('strangers, and bots, are no contacts to keep', async t => {
  const { local, remote } = hostile.parties
  for (const [stream, to] of [
    [remote, 'bob\\40b.example@p3do.a.example'],
    [local, 'listener@p3do.a.example'],
  ] as const) {
    expect('subscription-refused')
    // Its server shows answers to those alone who asked for their contacts and are there.
    stream.write("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>")
    await stream.answer('roster')
    stream.write(`<presence type='subscribe' to='${to}'/>`)
    t.match(await stream.until(/<presence[^>]*type='unsubscribed'[^>]*>/), /unsubscribed/)
  }
})

t.test('floods of presence and of questions pass', async t => {
  for (const by of ['remote', 'component'] as const) {
    const stream = hostile.parties[by]
    for (let at = 0; at < 200; at++) {
      const to = at % 2 ? 'p3do.a.example' : `x${String(at)}@p3do.a.example`
      stream.write(`<presence from='${fromOf(by)}' to='${to}'><status>${marker}</status></presence>`)
      stream.write(
        `<iq type='get' id='f${by}${String(at)}' from='${fromOf(by)}' to='${to}'><x xmlns='urn:x'/></iq>`,
      )
      expect('presence-dropped')
      expect('xmpp-iq-refused')
    }
    t.match(await stream.answer(`f${by}199`), /service-unavailable/)
  }
})

t.test('what is no XML costs the attacker his own stream', async t => {
  for (const text of [
    '<message><body>&#1;</body></message>',
    '<a></b>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  ]) {
    const stream = await hostile.again()
    stream.write(text)
    await stream.ended
  }
  t.same(processes(), pids)
})

t.test('meanwhile no process ended, and the attacked room kept the pace of one that nobody attacks', t => {
  t.same(processes(), pids)
  const [attacked, other] = (['a.example', 'c.example'] as const).map(
    server => spoken(server).filter(({ time }) => time >= began).length,
  )
  t.ok(other && attacked && attacked > other / 2, `${String(attacked)} cells, elsewhere ${String(other)}`)
  t.end()
})

t.test('after all that Alice’s message reaches Bob', async t => {
  const client = await createClient(folder)
  const { a, b } = hostile.network.users
  const bob = await client.listen(b)
  t.teardown(() => bob.stop())
  await client.send(b, 'p3do@p3do.b.example', 'help')
  await bob.messages.waitFor(({ text }) => text.includes('P3DO carries'))
  await hostile.plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
  )
  const word = randomBytes(12).toString('hex')
  await client.send(a, 'bob\\40b.example@p3do.a.example', word)
  await bob.messages.waitFor(({ text }) => text === word)
  t.pass('shown')
})

t.test('a member that turns hostile is refused as well', async t => {
  const stream = await hostile.replacePluginOfC()
  t.teardown(() => {
    stream.close()
  })
  const tapped = readTaps(hostile.network).filter(
    ({ direction, from }) => direction === 'in' && from === 'p3do.c.example',
  )
  const forB = tapped.find(({ to, xml }) => to === 'p3do.b.example' && statementIn(xml) !== null)
  for (const base64 of [statementIn(forB?.xml ?? '') ?? '', Buffer.alloc(2048, 2).toString('base64')]) {
    const answer = await ask(stream, base64)
    expect('requests of peers refused')
    t.match(answer, /<not-allowed /)
  }
  const bot = 'listener@p3do.c.example/hostile'
  stream.write(
    `<presence from='${bot}' to='${room}/m${marker}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  )
  // Its server gives a member a voice when it comes; the speaker takes it.
  await stream.until(new RegExp(`<presence[^>]*/m${marker}'(?:(?!</presence>).)*role='visitor'`, 's'))
  const id = nextId()
  stream.write(
    `<message type='groupchat' id='${id}' from='${bot}' to='${room}'><cell xmlns='urn:p3do:0'>${marker}</cell></message>`,
  )
  t.match(await stream.answer(id), /<forbidden /)
  const speaker = spoken()[0]?.from ?? ''
  expect('room-stanza-dropped')
  stream.write(
    `<message type='chat' from='${bot}' to='${speaker}'><cell xmlns='urn:p3do:0'>${marker}</cell></message>`,
  )
  t.match(await ask(stream, 'AQ=='), /type='result'/)
  t.same(
    spoken().filter(({ xml }) => xml.includes(marker)),
    [],
  )
})

t.test('everything was counted, the link never lost, and no log holds a word of it', async t => {
  const { a, b, c } = hostile.plugins.plugins
  await Promise.all([a.stop(), b.stop()])
  const counters = countersIn(readFileSync(a.log, 'utf8'))
  t.equal(counters['xmpp-online'], 1)
  for (const [name, least] of expected) {
    t.ok((counters[name] ?? 0) >= least, `${name}: ${String(counters[name])} of at least ${String(least)}`)
  }
  for (const { log } of [a, b, c]) {
    const text = readFileSync(log, 'utf8')
    for (const word of [marker, 'mallory', 'alice', 'evil']) t.notOk(text.includes(word), word)
    t.notMatch(text, /"level":"error"/)
  }
})

function patternOf(answer: string): RegExp {
  return answer === 'result' ? /type='result'/ : new RegExp(`type='error'.*<${answer} `, 's')
}

// Throws where one of them is gone.
function processes(): number[] {
  const { a, b, c } = hostile.plugins.plugins
  const running = [a.pid, b.pid, c.pid]
  for (const pid of running) process.kill(pid, 0)
  return running
}

function spoken(by = 'a.example'): Tapped[] {
  return readTaps(hostile.network).filter(
    ({ direction, xml, server }) => direction === 'room' && server === by && framesIn(xml).length > 0,
  )
}

function nextId(): string {
  return `${marker}-${String(ids++)}`
}

function fromOf(by: Party): string {
  const { address } = hostile.parties[by]
  return by === 'component' ? `mallory@${address}/x` : address
}

function expect(counter: string): void {
  expected.set(counter, (expected.get(counter) ?? 0) + 1)
}

// What is answered is waited for; after silence comes the answer to a ping, which is behind it.
async function attempt(stream: HostileStream, by: Party, attack: Attack): Promise<string | null> {
  const [id, ping] = [nextId(), nextId()]
  if (attack.counter !== undefined) expect(attack.counter)
  stream.write(attack.stanza({ id, from: fromOf(by), room, marker }))
  if (attack.answer !== null) return stream.answer(id)
  stream.write(
    `<iq type='get' id='${ping}' from='${fromOf(by)}' to='p3do.a.example'><ping xmlns='urn:xmpp:ping'/></iq>`,
  )
  await stream.answer(ping)
  return stream.received().includes(`id='${id}'`) ? stream.answer(id) : null
}

function ask(stream: HostileStream, base64: string): Promise<string> {
  const id = nextId()
  stream.write(
    `<iq type='set' id='${id}' from='${stream.address}' to='p3do.a.example'><request xmlns='urn:p3do:0'>${base64}</request></iq>`,
  )
  return stream.answer(id)
}

function statementIn(xml: string): string | null {
  return /<request[^>]*>(A[^<]{200,})</.exec(xml)?.[1] ?? null
}

function countersIn(log: string): Record<string, number> {
  const last = log.trim().split('\n').at(-1) ?? '{}'
  return (JSON.parse(last) as { counters?: Record<string, number> }).counters ?? {}
}
