// What every carrier does, over the in-process host and over rooms of real servers.
import t from 'tap'
import type { Test } from 'tap'
import { parseDomain } from '../../plugin/addresses.js'
import type { Carrier } from '../../plugin/ports.js'
import { createMemoryNetwork } from '../../adapters/memory/index.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { startNetwork } from '../lab/network.js'
import { testFolder } from '../_folder.js'
import { until } from '../_until.js'
import { startRoomHost } from './xmpp/_rooms-rig.js'

/** Three servers' carriers, and what the suite needs of the world around them. */
interface Rig {
  readonly a: Carrier
  readonly b: Carrier
  readonly c: Carrier
  /** Lets time pass until `done` holds, doing `each` on the way. */
  until(what: string, done: () => boolean, each?: () => void): Promise<void>
  /** Cuts the server `b` off and connects it again. */
  interrupt(): Promise<void>
  stop(): Promise<void>
}

async function memoryRig(): Promise<Rig> {
  const clock = createVirtualClock()
  const network = createMemoryNetwork(clock)
  const carrier = (name: string) => network.host(parseDomain(`${name}.example`)).carrier
  const pass = async (what: string, done: () => boolean, each?: () => void) => {
    for (let turn = 0; !done(); turn++) {
      if (turn > 10_000) throw new Error(`Waited in vain for: ${what}`)
      each?.()
      clock.advance(100)
      await Promise.resolve()
    }
  }
  return {
    a: carrier('a'),
    b: carrier('b'),
    c: carrier('c'),
    until: pass,
    interrupt: async () => {
      network.setReachable(parseDomain('b.example'), false)
      clock.advance(1000)
      network.setReachable(parseDomain('b.example'), true)
    },
    stop: async () => undefined,
  }
}

async function prosodyRig(): Promise<Rig> {
  const network = await startNetwork({ folder: testFolder(t) })
  const [a, b, c] = await Promise.all([
    startRoomHost(network, 'a'),
    startRoomHost(network, 'b'),
    startRoomHost(network, 'c'),
  ])
  return {
    a: a.carrier,
    b: b.carrier,
    c: c.carrier,
    until,
    interrupt: async () => {
      await b.link.stop()
      await b.link.start()
    },
    stop: async () => {
      await Promise.all([a, b, c].map(({ link }) => link.stop()))
      await network.stop()
    },
  }
}

const frame = Buffer.alloc(2048, 7).toString('base64')
const later = Buffer.alloc(2048, 8).toString('base64')

function suite(t: Test, rig: Rig): void {
  membership(t, rig)
  admission(t, rig)
  stays(t, rig)
}

function membership(t: Test, rig: Rig): void {
  const { a, b, c } = rig

  t.test('an admitted listener hears what the speaker says, as it was said', async t => {
    const context = await a.open('one')
    await a.admit(context, b.listener)
    const heard: string[] = []
    t.teardown(b.listen(context, text => heard.push(text)))
    await rig.until(
      'the frame',
      () => heard.length > 0,
      () => t.ok(a.speak(context, frame)),
    )
    t.ok(heard.every(text => text === frame))
  })

  t.test('a context that is open already is taken up again', async t => {
    t.equal(await a.open('one'), await a.open('one'))
  })

  t.test('who is not admitted hears nothing, until he is', async t => {
    const context = await a.open('two')
    await a.admit(context, b.listener)
    const heard = { b: 0, c: 0 }
    t.teardown(b.listen(context, () => heard.b++))
    t.teardown(c.listen(context, () => heard.c++))
    await rig.until(
      'b hears',
      () => heard.b > 5,
      () => a.speak(context, frame),
    )
    t.equal(heard.c, 0)
    await a.admit(context, c.listener)
    await rig.until(
      'c hears',
      () => heard.c > 0,
      () => a.speak(context, frame),
    )
  })

  t.test('who is expelled hears no more, and hears again when admitted again', async t => {
    const context = await a.open('three')
    await a.admit(context, b.listener)
    await a.admit(context, c.listener)
    const heard = { b: [] as string[], c: [] as string[] }
    t.teardown(b.listen(context, text => heard.b.push(text)))
    t.teardown(c.listen(context, text => heard.c.push(text)))
    await rig.until(
      'both hear',
      () => heard.b.length > 0 && heard.c.length > 0,
      () => a.speak(context, frame),
    )
    await a.expel(context, c.listener)
    // Of what was said before, some may be on its way still.
    const said = (text: string) => (other: string) => text === other
    await rig.until(
      'b hears on',
      () => heard.b.filter(said(later)).length > 30,
      () => a.speak(context, later),
    )
    t.notOk(heard.c.some(said(later)))
    await a.admit(context, c.listener)
    await rig.until(
      'c hears',
      () => heard.c.some(said(later)),
      () => a.speak(context, later),
    )
  })
}

function admission(t: Test, { a, b, c }: Rig): void {
  t.test('the host tells who is let in', async t => {
    const context = await a.open('admitted')
    t.same(await a.admitted(context), [])
    await a.admit(context, b.listener)
    await a.admit(context, c.listener)
    t.same([...(await a.admitted(context))].sort(), [b.listener, c.listener])
    await a.expel(context, b.listener)
    t.same(await a.admitted(context), [c.listener])
  })
}

function stays(t: Test, rig: Rig): void {
  const { a, b, c } = rig

  t.test('who stops listening hears no more', async t => {
    const context = await a.open('four')
    await a.admit(context, b.listener)
    await a.admit(context, c.listener)
    const heard = { b: 0, c: 0 }
    const cancel = b.listen(context, () => heard.b++)
    t.teardown(c.listen(context, () => heard.c++))
    await rig.until(
      'both hear',
      () => heard.b > 0 && heard.c > 0,
      () => a.speak(context, frame),
    )
    cancel()
    cancel()
    const [b0, c0] = [heard.b, heard.c]
    await rig.until(
      'c hears on',
      () => heard.c > c0 + 10,
      () => a.speak(context, frame),
    )
    t.equal(heard.b, b0)
  })

  t.test('a listener that was cut off hears again', async t => {
    const context = await a.open('five')
    await a.admit(context, b.listener)
    let heard = 0
    t.teardown(b.listen(context, () => heard++))
    await rig.until(
      'b hears',
      () => heard > 0,
      () => a.speak(context, frame),
    )
    await rig.interrupt()
    const before = heard
    await rig.until(
      'b hears again',
      () => heard > before + 1,
      () => a.speak(context, frame),
    )
    t.ok(heard > before)
  })

  t.test('both directions of a pair work at once', async t => {
    const [here, there] = [await a.open('six'), await b.open('six')]
    t.not(here, there)
    await a.admit(here, b.listener)
    await b.admit(there, a.listener)
    const heard = { a: 0, b: 0 }
    t.teardown(b.listen(here, () => heard.b++))
    t.teardown(a.listen(there, () => heard.a++))
    await rig.until(
      'both hear',
      () => heard.a > 0 && heard.b > 0,
      () => {
        a.speak(here, frame)
        b.speak(there, frame)
      },
    )
  })

  t.test('a closed context is silent, and can be opened again', async t => {
    const [context, other] = [await a.open('seven'), await a.open('eight')]
    await a.admit(context, b.listener)
    await a.admit(other, b.listener)
    const heard = { closed: 0, other: 0 }
    t.teardown(b.listen(context, () => heard.closed++))
    t.teardown(b.listen(other, () => heard.other++))
    await rig.until(
      'both are heard',
      () => heard.closed > 0 && heard.other > 0,
      () => {
        a.speak(context, frame)
        a.speak(other, frame)
      },
    )
    await a.close(context)
    const before = heard.other
    const goesOn = (frames: number) =>
      rig.until(
        'the other goes on',
        () => heard.other > before + frames,
        () => a.speak(other, frame),
      )
    // What was said before may be on its way still.
    await goesOn(10)
    const { closed } = heard
    await goesOn(20)
    t.equal(heard.closed, closed)
    const again = await a.open('seven')
    await a.admit(again, b.listener)
    const since = heard.closed
    t.teardown(b.listen(again, () => heard.closed++))
    await rig.until(
      'the context opened again',
      () => heard.closed > since,
      () => a.speak(again, frame),
    )
  })
}

t.test('in process', async t => {
  suite(t, await memoryRig())
})

t.test('over rooms of real servers', async t => {
  const rig = await prosodyRig()
  t.teardown(() => rig.stop())
  suite(t, rig)
})
