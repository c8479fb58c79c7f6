// `p3do run` and `p3do check`: a clean stop, and one line with cause and fix for everything that is wrong.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PluginError } from '../../../plugin/errors.js'
import { makeCertificate } from '../../lab/certificates.js'
import { p3do } from './_program.js'

const never = new Promise<never>(() => undefined)

async function folderOf(t: Test): Promise<string> {
  const folder = t.testdir()
  await p3do(['init', '--domain', 'a.example', '--folder', folder])
  return folder
}

t.test('run starts with configuration and secrets, and stops when asked', async t => {
  const folder = await folderOf(t)
  const events: string[] = []
  const stop = deferred()
  const outcome = p3do(['run', '--config', join(folder, 'p3do.toml')], {
    stopRequested: () => stop.promise,
    start: async (config, secrets) => {
      events.push(`start ${config.server.domain} ${secrets.seal.length}`)
      stop.resolve(undefined)
      return { refused: never, stop: async () => void events.push('stop') }
    },
  })
  t.match(await outcome, { code: 0, out: '', err: '' })
  t.strictSame(events, ['start a.example 32', 'stop'])
})

function deferred() {
  let resolve: (value: undefined) => void = () => undefined
  const promise = new Promise<undefined>(done => (resolve = done))
  return { promise, resolve }
}

t.test('a request to stop does not wait for a host that is away', async t => {
  const folder = await folderOf(t)
  const outcome = await p3do(['run', '--config', join(folder, 'p3do.toml')], {
    stopRequested: async () => undefined,
    start: () => new Promise(() => undefined),
  })
  t.equal(outcome.code, 0)
})

t.test('a host that refuses the plugin is one line and exit code 1', async t => {
  const folder = await folderOf(t)
  const outcome = await p3do(['run', '--config', join(folder, 'p3do.toml')], {
    start: async () => {
      throw new PluginError('host-refused', 'The host does not know the secret; compare the two files.')
    },
  })
  t.match(outcome, { code: 1, err: 'p3do: The host does not know the secret; compare the two files.\n' })
})

t.test('a host that refuses the plugin later ends it with one line, after a clean stop', async t => {
  const folder = await folderOf(t)
  const events: string[] = []
  const outcome = await p3do(['run', '--config', join(folder, 'p3do.toml')], {
    stopRequested: () => never,
    start: async () => ({
      refused: Promise.reject(new PluginError('host-refused', 'Another component took the address.')),
      stop: async () => void events.push('stop'),
    }),
  })
  t.match(outcome, { code: 1, err: 'p3do: Another component took the address.\n' })
  t.strictSame(events, ['stop'])
})

t.test('a mistake of the program is told apart from the mistakes of others', async t => {
  const folder = await folderOf(t)
  const outcome = await p3do(['run', '--config', join(folder, 'p3do.toml')], {
    start: async () => {
      throw new TypeError('undefined is not a function')
    },
  })
  t.equal(outcome.code, 1)
  t.match(
    outcome.err,
    /^p3do: This is a mistake in P3DO, please report it: TypeError: undefined is not a function/,
  )
})

t.test('a journey file is warned about', async t => {
  const folder = await folderOf(t)
  const outcome = await p3do(['run', '--config', join(folder, 'p3do.toml')], {
    env: { P3DO_LOG_JOURNEY: 'journey.log' },
    stopRequested: async () => undefined,
    start: () => new Promise(() => undefined),
  })
  t.match(outcome.err, /"level":"warn".*log\.journey is set/)
})

t.test('check says what it found', async t => {
  const folder = await folderOf(t)
  const outcome = await p3do(['check', '--config', join(folder, 'p3do.toml')])
  t.equal(outcome.code, 0)
  t.match(outcome.out, /component +p3do\.a\.example at xmpp:\/\/127\.0\.0\.1:5347/)
  t.match(outcome.out, /server key +is made at the first start/)
  t.match(outcome.out, /key server +none/)
})

t.test('check reads the certificate of the key server', async t => {
  const folder = await folderOf(t)
  const { certificate, key } = await makeCertificate(['keys.a.example'])
  writeFileSync(join(folder, 'chain.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  const env = {
    P3DO_HTTP_LISTEN: '127.0.0.1:443',
    P3DO_HTTP_CERTIFICATE: 'chain.pem',
    P3DO_HTTP_CERTIFICATE_KEY: 'key.pem',
  }
  const checked = () => p3do(['check', '--config', join(folder, 'p3do.toml')], { env })
  t.match(await checked(), { code: 0, out: /key server +at 127\.0\.0\.1:443, TLS 1\.3/ })
  writeFileSync(join(folder, 'key.pem'), (await makeCertificate(['keys.a.example'])).key)
  t.match(await checked(), { code: 2, err: /do not belong together/ })
})

const damages: [name: string, damage: (folder: string) => void, err: RegExp][] = [
  [
    'no configuration',
    folder => {
      rmSync(join(folder, 'p3do.toml'))
    },
    /p3do\.toml cannot be read; run p3do init/,
  ],
  [
    'a configuration that is not TOML',
    folder => {
      writeFileSync(join(folder, 'p3do.toml'), '[server]\ndomain = a.example\n')
    },
    /p3do\.toml line 2: .*it is not TOML/,
  ],
  [
    'an unknown key',
    folder => {
      writeFileSync(join(folder, 'p3do.toml'), '[server]\ndoman = "a.example"\n')
    },
    /p3do\.toml: Unknown key server\.doman; did you mean server\.domain\?/,
  ],
  [
    'no component secret',
    folder => {
      rmSync(join(folder, 'secrets/component'))
    },
    /There is no .*component; run p3do init/,
  ],
  [
    'no seal key',
    folder => {
      rmSync(join(folder, 'secrets/seal'))
    },
    /There is no .*seal; run p3do init/,
  ],
  [
    'a secret that others may read',
    folder => {
      chmodSync(join(folder, 'secrets/seal'), 0o640)
    },
    /Others may read .*seal; run: chmod 600 /,
  ],
  [
    'a server key that others may read',
    folder => {
      writeFileSync(join(folder, 'secrets/server-key'), 'key', { mode: 0o644 })
    },
    /Others may read .*server-key/,
  ],
  [
    'a seal key that is no key',
    folder => {
      writeFileSync(join(folder, 'secrets/seal'), 'deadbeef')
    },
    /seal must hold 64 hex digits/,
  ],
  [
    'a component secret of two lines',
    folder => {
      writeFileSync(join(folder, 'secrets/component'), 'deadbeef-1\ndeadbeef-2\n')
    },
    /component must hold the component's secret: one line/,
  ],
  [
    'a folder in the place of a secret',
    folder => {
      writeFileSync(join(folder, 'p3do.toml'), '[server]\ndomain="a.example"\n[secrets]\nseal="secrets"')
    },
    /secrets is not a secret file/,
  ],
]

for (const [name, damage, err] of damages) {
  t.test(`check and run refuse in one line, exit code 2: ${name}`, async t => {
    const folder = await folderOf(t)
    damage(folder)
    for (const command of name.includes('server key') ? ['check'] : ['check', 'run']) {
      const outcome = await p3do([command, '--config', join(folder, 'p3do.toml')])
      t.equal(outcome.code, 2)
      t.match(outcome.err, err)
      t.match(outcome.err, /^p3do: [^\n]+\n$/)
      t.notMatch(outcome.err, /deadbeef/)
    }
  })
}

t.test('help lists all commands and the exit codes', async t => {
  const { code, out } = await p3do(['--help'])
  t.equal(code, 0)
  t.match(out, /init .*run .*check .*Exit codes: 0 done, 1 failed while running, 2 wrong usage/s)
})

t.test('the version is that of the package', async t => {
  t.match(await p3do(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

t.test('an unknown command or option is exit code 2', async t => {
  t.match(await p3do(['rnu']), { code: 2, err: /unknown command 'rnu'/ })
  t.match(await p3do(['init']), { code: 2, err: /--domain/ })
  t.match(await p3do(['run', '--confg', 'x']), { code: 2, err: /unknown option '--confg'/ })
})
