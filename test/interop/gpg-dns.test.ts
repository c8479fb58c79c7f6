// GnuPG finds the authority's certificate by the records that `p3do dns` prints, on a real name server.
import t, { type Test } from 'tap'
import { serverKeys, zoneLine, zoneOf } from '../../plugin/dns/index.js'
import type { Domain } from '../../plugin/ports.js'
import { createGpg } from '../_gpg.js'
import { createKeyServers } from '../_key-servers.js'
import { startSignedKnot } from '../lab/knot.js'

// gpg has a clock of its own, so this is the real time.
const { a, clock } = await createKeyServers({ start: Date.now() - 10_000 })
const key = (await a.keyFile.load()) ?? Buffer.alloc(0)
const around = { component: 'p3do.a.example' as Domain, keyServer: null, x509: null }
const records = zoneOf(serverKeys(a.domain, key, null, around, clock.now())).map(zoneLine)
const server = await startSignedKnot([{ domain: 'a.example', records, signing: 'signed' }])
t.teardown(server.stop)

const address = 'openpgp-ca@a.example'
const digits = a.identity.fingerprint.slice(2).toUpperCase()

async function located(t: Test, method: string) {
  const gpg = await createGpg({ network: true, resolver: server.resolver })
  t.teardown(() => gpg.destroy())
  const ways = ['--auto-key-locate', `clear,${method}`, '--locate-external-keys', address]
  return gpg.run('--verbose', '--with-colons', ...ways)
}

t.test('OPENPGPKEY holds the certificate (--auto-key-locate dane)', async t => {
  t.match((await located(t, 'dane')).stdout, `fpr:::::::::${digits}:`)
})

// Without the name of a key server in the record, gpg 2.2 reads it and asks nobody for the key.
t.test('CERT names the fingerprint (--auto-key-locate cert)', async t => {
  t.match((await located(t, 'cert')).stderr, `found fingerprint ${digits}`)
})
