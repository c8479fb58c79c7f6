// One real ejabberd of the laboratory: started, stopped and killed by its process id, gone when its starter is gone.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ejabberdSnippet } from '../../adapters/cli/ejabberd-snippet.js'
import { parseConfig } from '../../plugin/config.js'
import { makeCertificate } from './certificates.js'
import { erlangModules } from './checkout.js'
import { ensureDebian } from './debian-packages.js'
import { ejabberdConfig, hostsFile, inetConfig, type EjabberdOptions } from './ejabberd-config.js'
import { erlangOf } from './erlang.js'
import { componentPort, ports, serviceNames, startRestartable, writePrivate } from './host-server.js'
import type { HostServer } from './host-server.js'
import { startProcess, type RunningProcess } from './process.js'
import { ensureFree, untilOpen } from './sockets.js'

export type { EjabberdOptions } from './ejabberd-config.js'

/** Debian's ejabberd and its Erlang, with the compiler. */
export const ejabberdPackages = ['ejabberd', 'libnss-wrapper'] as const

/** Writes config, certificate and accounts into the folder, starts the server, and resolves when users can log in. */
export async function startEjabberd(options: EjabberdOptions): Promise<HostServer> {
  const root = await ensureDebian(ejabberdPackages)
  await prepare(options)
  const { component, rooms } = serviceNames(options.domain)
  return Object.assign(await startRestartable(() => launch(options, root)), {
    kind: 'ejabberd' as const,
    domain: options.domain,
    address: options.address,
    component: { domain: component, port: componentPort, secret: options.componentSecret },
    rooms,
    log: join(options.folder, 'ejabberd.log'),
    tap: join(options.folder, 'tap.jsonl'),
  })
}

async function launch(options: EjabberdOptions, root: string): Promise<RunningProcess> {
  const { folder, address } = options
  await ensureFree(address, ports)
  const ready = join(folder, 'ready')
  await rm(ready, { force: true })
  const erlang = await erlangOf(root, folder)
  const server = startProcess(
    erlang.command,
    [...(await modulesOf(options, root)), ...erlang.evaluating(start)],
    {
      cwd: folder,
      env: {
        ...erlang.env,
        EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'),
        EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
      },
      output: join(folder, 'ejabberd.out'),
    },
  )
  try {
    for (const port of ports) await Promise.race([untilOpen(address, port), server.unexpectedEnd])
    // Accounts can only be made by a running server.
    while (!existsSync(ready)) await Promise.race([delay(10), server.unexpectedEnd])
  } catch (cause) {
    await server.kill()
    throw cause
  }
  return server
}

// A module is compiled where it is used: with the records of that release.
const start =
  '{ok, [Run, Sources]} = file:consult("start.terms"), Records = filename:join(code:lib_dir(p1_xmpp), "include"), [{ok, _} = compile:file(Source, [{outdir, "modules"}, {i, Records}]) || Source <- Sources], {ok, _} = application:ensure_all_started(ejabberd), [ejabberd_auth:try_register(U, H, P) || {U, H, P} <- Run], ok = file:write_file("ready", <<>>).'

async function modulesOf(options: EjabberdOptions, root: string): Promise<string[]> {
  const libraries = join(root, 'usr/lib')
  const machine = (await readdir(libraries)).find(name => name.endsWith('-linux-gnu')) ?? 'none'
  const paths = [join(libraries, machine, 'ejabberd-23.01/ebin'), 'modules', ...(options.modulePaths ?? [])]
  return [
    ...['-mnesia', 'dir', JSON.stringify(join(options.folder, 'database'))],
    ...paths.flatMap(path => ['-pa', path]),
  ]
}

async function prepare(options: EjabberdOptions): Promise<void> {
  const { folder, domain } = options
  for (const name of ['database', 'modules'])
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  const { component, rooms } = serviceNames(domain)
  const { key, certificate } = await makeCertificate([domain, component, rooms])
  await writePrivate(join(folder, 'server.pem'), key + certificate)
  await writePrivate(join(folder, 'ejabberd.yml'), ejabberdConfig(options))
  await writePrivate(join(folder, 'p3do.yml'), snippet(options))
  await writePrivate(join(folder, 'hosts'), hostsFile(options))
  await writePrivate(join(folder, 'inetrc'), inetConfig)
  await writePrivate(join(folder, 'start.terms'), accountTerms(options))
  await writePrivate(join(folder, 'tap.jsonl'), '')
}

function snippet({ domain, address, componentSecret }: EjabberdOptions): string {
  const service = `xmpp://${address}:${componentPort}`
  return ejabberdSnippet(parseConfig({ server: { domain, host: 'ejabberd', service } }, {}), componentSecret)
}

// Not among the arguments, which every user of the machine sees.
function accountTerms({ domain, accounts = new Map() }: EjabberdOptions): string {
  const binary = (text: string): string => `<<${JSON.stringify(text)}>>`
  const terms = [...accounts].map(
    ([user, password]) => `{${[user, domain, password].map(binary).join(', ')}}`,
  )
  const sources = erlangModules().map(file => JSON.stringify(file))
  return `[${terms.join(', ')}].\n[${sources.join(', ')}].\n`
}
