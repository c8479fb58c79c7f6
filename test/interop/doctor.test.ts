// `p3do doctor` on real Prosodys with real plugins and a real name server: a healthy installation, and every fault that it names.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCounters } from '../../adapters/counters.js'
import { systemRandom } from '../../adapters/random.js'
import { createLink } from '../../adapters/xmpp/link.js'
import { xml } from '../../adapters/xmpp/xml.js'
import type { CheckReport, Finding } from '../../adapters/doctor/index.js'
import { makeCertificate } from '../lab/certificates.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { p3do, type Outcome } from '../adapters/cli/_program.js'
import { testFolder } from '../_folder.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
let network: Network
let plugins: Plugins

t.before(async () => {
  network = await startNetwork({ folder, dns: true })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast', names: network.names })
})

/** The command for the installation of a, as its admin gives it. */
function doctor(words: readonly string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
  const { address, component } = network.servers.a
  const all = {
    P3DO_SERVER_SERVICE: `xmpp://${address}:${String(component.port)}`,
    P3DO_DNS_RESOLVER: network.names?.server.resolver ?? '',
    P3DO_DNS_TRUST_ANCHORS: network.names?.server.trustAnchors.join(', ') ?? '',
    ...env,
  }
  return p3do(['doctor', ...words, '--config', join(plugins.plugins.a.folder, 'p3do.toml')], { env: all })
}

/** What is wrong, by the check's name; `--json` says the same as the text. */
async function wrongs(env: Record<string, string> = {}): Promise<Record<string, Finding[]>> {
  const { code, out } = await doctor(['--json'], env)
  const { verdict, checks } = JSON.parse(out) as { verdict: string; checks: CheckReport[] }
  t.equal(code, verdict === 'wrong' ? 2 : 0)
  const found = checks.map(({ name, findings }): [string, Finding[]] => [
    name,
    findings.filter(finding => finding.verdict === 'wrong'),
  ])
  return Object.fromEntries(found.filter(([, findings]) => findings.length > 0))
}

/** Only these checks find something, and in these words. */
function names(t: Test, found: Record<string, Finding[]>, wanted: Record<string, RegExp>): void {
  t.same(Object.keys(found).sort(), Object.keys(wanted).sort())
  for (const [name, words] of Object.entries(wanted))
    t.match(found[name]?.map(finding => `${finding.words} ${finding.fix ?? ''}`).join('\n'), words, name)
}

const fileOf = (name: string): string => join(plugins.plugins.a.folder, name)
const serverFile = (name: string): string => join(folder, 'a', name)

/** Changes a file of the server, and gives it back at the end of the test. */
async function changed(t: Test, file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = change(before)
  t.not(after, before)
  await writeFile(file, after)
  t.teardown(() => writeFile(file, before))
}

async function changedServer(t: Test, change: (text: string) => string): Promise<void> {
  await changed(t, serverFile('prosody.cfg.lua'), change)
  await network.servers.a.restart()
}

t.test('a running installation is healthy, and goes on', async t => {
  const { code, out, err } = await doctor()
  t.equal(code, 0, out + err)
  t.match(out, /ok +The plugin runs, and its link to the host is up\./)
  t.match(out, /ok +The chat server has mod_p3do_visit/)
  t.match(out, /ok +A room at conference\.a\.example was made/)
  t.match(out, /ok +The chat server has the module mod_p3do/)
  t.match(out, /ok +p3do\.b\.example answers/)
  t.match(out, /ok +The clock agrees with that of p3do\./)
  t.match(out, /ok +The client port for a\.example .* speaks TLS 1\.3/)
  t.match(out, /ok +The server port for p3do\.a\.example .* shows a certificate for p3do\.a\.example/)
  t.match(out, /warning +The server port for a\.example .* no authority known here/)
  t.match(out, /ok +The server port takes the 125 kB\/s/)
  t.match(out, /ok +active key 04/)
  t.notMatch(out, /WRONG|unknown/)
  t.match(JSON.parse(await plugins.plugins.a.operate('status', '--json')), { server: 'a.example' })
})

t.test('a peer that was added since is looked at, too, at the address where it would answer', async t => {
  const { a } = plugins.plugins
  await a.operate('peers', 'add', 'd.example')
  const found = await wrongs()
  names(t, found, { peers: /^Neither p3do\.d\.example nor d\.example is reached/ })
  await a.operate('peers', 'remove', 'd.example')
  t.same(await wrongs(), {})
})

t.test('so is a stopped one', async t => {
  await plugins.plugins.a.stop()
  const { code, out } = await doctor()
  t.equal(code, 0, out)
  t.match(out, /ok +The host at xmpp:.* takes p3do\.a\.example with this secret\. The plugin does not run\./)
  t.match(out, /ok +The database is of this version\./)
  t.notMatch(out, /WRONG|unknown/)
})

t.test('a wrong secret', async t => {
  await changed(t, fileOf('secrets/component'), () => 'another-secret')
  names(t, await wrongs(), { 'component link': /the secret is wrong: .*the same one/ })
})

t.test('a component that the host does not have', async t => {
  const found = await wrongs({ P3DO_SERVER_COMPONENT: 'onions.a.example' })
  t.match(found['component link']?.[0]?.words, /does not know this component: add it/)
  t.match(found['server port, for the component']?.[0], {
    words: /no address for onions/,
    fix: /A, AAAA or SRV/,
  })
})

t.test('a secret that others may read', async t => {
  await chmod(fileOf('secrets/seal'), 0o644)
  t.teardown(() => chmod(fileOf('secrets/seal'), 0o600))
  const found = await wrongs()
  t.match(found['files']?.[0], { words: /seal has mode 0644/, fix: /^Run: chmod 600 .*seal$/ })
})

t.test('a plugin that cannot join yet', async t => {
  const server = network.servers.a
  await server.stop()
  plugins.plugins.a.start()
  t.teardown(async () => {
    await plugins.plugins.a.stop()
    await server.start()
  })
  const text = async (): Promise<string> => (await doctor()).out
  let out = await text()
  // Until it has opened its database it does not run yet.
  while (!out.includes('is starting')) out = await text()
  t.match(out, /WRONG +P3DO is starting and has not joined yet/)
})

t.test('a host that does not run', async t => {
  await network.servers.a.stop()
  t.teardown(() => network.servers.a.start())
  const found = await wrongs()
  t.match(found['component link']?.[0]?.words, /ECONNREFUSED.*start the chat server/)
  t.match(found['server port']?.[0]?.words, /does not take connections; start the chat server/)
})

t.test('a limit that is too low', async t => {
  await changedServer(t, text =>
    text.replace(
      'modules_enabled = {',
      'limits = { s2sin = { rate = "30kb/s" } }\nmodules_enabled = { "limits",',
    ),
  )
  names(t, await wrongs(), { limits: /takes less .*125 kB\/s.*s2sin = \{ rate = "300kb\/s"/ })
})

t.test('a limit that cannot be measured, since only servers with a certificate are heard', async t => {
  await changedServer(t, text => text.replace('s2s_secure_auth = false', 's2s_secure_auth = true'))
  const { out } = await doctor()
  t.match(out, /warning +The server port wants a certificate .* 125 kB\/s\.\n +-> See that it takes so much/)
})

t.test('rooms that the component may not make', async t => {
  await changedServer(t, text =>
    text.replace('restrict_room_creation = false', 'restrict_room_creation = "admin"'),
  )
  names(t, await wrongs(), { rooms: /answers not-allowed.*restrict_room_creation at its default/s })
})

t.test('a host without the module', async t => {
  await changedServer(t, text => text.replace('modules_enabled = { "p3do", "p3do_visit" }', ''))
  const { out } = await doctor()
  t.match(
    out,
    /warning +The chat server has no module mod_p3do .*\n +-> Put mod_p3do\.lua where Prosody looks/,
  )
  t.match(out, /warning +The chat server has no module mod_p3do_visit /)
})

t.test('a certificate that has ended, one for another name, and old TLS', async t => {
  const ended = await makeCertificate(['a.example', 'conference.a.example'], 0.5)
  await changed(t, serverFile('server.crt'), () => ended.certificate)
  await changed(t, serverFile('server.key'), () => ended.key)
  await changedServer(t, text =>
    text.replace('ssl = {', 'ssl = { protocol = "tlsv1+", ciphers = "DEFAULT@SECLEVEL=0",'),
  )
  names(t, await wrongs(), {
    'client port': /still takes TLS .*\n.*certificate that ended on .*Renew it/,
    'server port': /certificate that ended on/,
    'server port, for the component':
      /ended on .*\n.*is not for p3do\.a\.example\. Get one that has p3do\.a\.example/,
    'server port, for the rooms': /certificate that ended on/,
  })
})

t.test('a host that asks no client for a certificate', async t => {
  await changedServer(t, text => text.replace('c2s_ssl =', 'c2s_ssl_not ='))
  const { out } = await doctor()
  t.match(out, /warning +The chat server has mod_p3do_visit, but asks no client .*\n +-> Put c2s_ssl = /)
})

t.test('the server is well again', async t => {
  await network.servers.a.restart()
  t.same(await wrongs(), {})
})

t.test('another key in DNS, and no address of the component', async t => {
  const { address } = network.servers.a
  const lines = [
    `_p3do.a.example. 60 IN TXT "v=P3DO1; st=active; fpr=04${'ab'.repeat(20)}; id=1; ks=xmpp:p3do.a.example"`,
  ]
  await network.names?.server.change('a.example', [
    `a.example. 60 IN A ${address}`,
    `conference.a.example. 60 IN A ${address}`,
    ...lines,
  ])
  const found = await wrongs()
  t.match(found['keys in DNS']?.map(({ words }) => words).join(), /is missing.*is not of this server/s)
  t.match(found['keys in DNS']?.[0]?.fix, /p3do dns prints/)
  t.match(found['server port, for the component']?.[0]?.words, /DNS has no address for p3do\.a\.example/)
})

t.test('a peer whose plugin is away, and a clock that is wrong', async t => {
  await plugins.plugins.b.stop()
  const { address, component } = network.servers.b
  const ignore = (): void => undefined
  const link = createLink({
    service: `xmpp://${address}:${String(component.port)}`,
    domain: component.domain,
    secret: component.secret,
    random: systemRandom,
    counters: createCounters(),
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  })
  await link.start()
  t.teardown(() => link.stop())
  link.handleIq('get', 'urn:xmpp:time', 'time', () =>
    xml('time', { xmlns: 'urn:xmpp:time' }, xml('utc', {}, new Date(Date.now() + 3_600_000).toISOString())),
  )
  const other = await wrongs()
  t.match(other['clock']?.[0], {
    words: /differs from that of p3do\.b\.example by 3[56]\d\d s/,
    fix: /time service/,
  })
  await link.stop()
  const found = await wrongs()
  t.match(found['peers']?.[0]?.words, /b\.example is reached, but no plugin answers as p3do\.b\.example/)
})
