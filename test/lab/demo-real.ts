// The demo on real servers: two Prosodys, an ejabberd, three plugin processes, a stock client.
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import { people, type Stage, type StageOptions } from './demo-stage.js'
import { readTaps } from './demo-taps.js'
import { createClient } from './go-sendxmpp.js'
import { startNetwork } from './network.js'
import { startPlugins } from './plugins.js'

/** Starts servers, plugins and clients; resolves when every server hears the others and all users are online. */
export async function startRealStage({ folder, profile, say, begin }: StageOptions): Promise<Stage> {
  say(
    'chat servers on loopback addresses of their own: a.example and b.example are Prosody, c.example is ejabberd, ' +
      'each with the small module of P3DO that hands over what is to be onion-routed',
  )
  const network = await begin(() => startNetwork({ folder, tap: true, dns: true, ejabberd: ['c'] }), stop)
  const { servers, users, names } = network
  say('their names, and soon the keys, in zones with DNSSEC on a name server of their own (knot)')
  say('a plugin beside each: keys are made and go into the zones; each knows the others by domain alone')
  const started = await begin(() => startPlugins({ folder, servers, profile, names }), stop).catch(notReady)
  const { journey, plugins } = started
  say('all found each other: DNS names each key, certificates are exchanged and countersigned, rooms joined')
  say('Alice, Bob and Carol come online with a stock client, go-sendxmpp')
  const client = await createClient(join(folder, 'clients'))
  const online = [users.a, users.b, users.c].map(user => begin(() => client.listen(user), stop))
  const [alice, bob, carol] = await Promise.all(online as [Online, Online, Online])
  return {
    journey,
    shown: { Alice: alice.messages, Bob: bob.messages, Carol: carol.messages },
    write(from, to, text) {
      const { home } = people[from]
      const plugin = `p3do@${servers[home].component.domain}`
      return client.send(users[home], to === 'plugin' ? plugin : people[to].address, text)
    },
    observe: (span, texts) => readTaps(Object.values(servers), span, texts),
    real: { network, plugins, client },
  }
}

type Online = ReturnType<Awaited<ReturnType<typeof createClient>>['listen']>

function notReady(cause: unknown): never {
  if (cause instanceof PluginError) throw cause
  const advice = 'Is the machine busy? --keep FOLDER keeps the logs.'
  throw new PluginError('peer-unreachable', `The three plugins did not get ready in time. ${advice}`, {
    cause,
  })
}

function stop(thing: { stop(): Promise<void> }): Promise<void> {
  return thing.stop()
}
