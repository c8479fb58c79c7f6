// The users of one server with all that is done about them, without the rest of the plugin: months pass in seconds.
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import { createPeople } from '../plugin/identity/index.js'
import type { UserKey } from '../plugin/openpgp/index.js'
import type { Random } from '../plugin/ports.js'
import { createSealer } from '../plugin/sealer.js'
import { day, hour } from './_certificates.js'
import { countedWork } from './_counted-work.js'
import { createFederated } from './_federated.js'

const alice = parseUserAddress('alice@a.example')

/** Its plugin is not there: time passes in steps of an hour. */
export async function startPeople(t: Test, random: Random = systemRandom) {
  const lab = createFederated()
  const server = await lab.add('a')
  const { accounts } = server.host
  const told: string[] = []
  const fail = (_: object, line: string): void => void t.fail(line)
  const people = createPeople({
    ...server,
    sealer: createSealer(randomBytes(32)),
    tellHolder: () => Promise.resolve(),
    pseudonyms: { most: 10, delay: 60_000 },
    dropped: () => Promise.resolve(0),
    replaced: user => people.erase(user),
    work: countedWork,
    clock: lab.clock,
    random,
    log: { debug: () => undefined, info: (_, line) => void told.push(line), warn: fail, error: fail },
  })
  people.start()
  t.teardown(() => {
    people.stop()
    server.stop()
  })
  /** Days pass, with the server's own keys renewed as the service does. */
  const passDays = async (days: number): Promise<void> => {
    for (let passed = 0; passed < days; passed++) {
      await lab.pass(day, hour)
      await server.identity.renew()
    }
  }
  const entrust = async (key: UserKey): Promise<void> => {
    const { fingerprint, octets } = key.certificate
    accounts.put(alice, { fingerprint, certificate: octets, changed: lab.clock.now() })
    await people.locals.entrust(alice, key.certificate)
  }
  const doubt = async () => (await server.directory.known(alice))?.doubt
  return { ...lab, server, accounts, people, told, passDays, entrust, doubt }
}
