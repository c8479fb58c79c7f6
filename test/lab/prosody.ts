// One real Prosody of the laboratory: started, stopped and killed by its process id, gone when its starter is gone.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { luaModules } from './checkout.js'
import { makeCertificate } from './certificates.js'
import { debianEnvironment, ensureDebian } from './debian-packages.js'
import { startProcess } from './process.js'
import type { RunningProcess } from './process.js'
import { ensureFree, untilOpen } from './sockets.js'
import { componentPort, ports, serviceNames, startRestartable, writePrivate } from './host-server.js'
import type { HostServer } from './host-server.js'
import { prosodyConfig, type ProsodyOptions } from './prosody-config.js'

export type { ProsodyOptions } from './prosody-config.js'

/** Writes config, certificate and accounts into the folder, starts the server, and resolves when its ports accept. */
export async function startProsody(options: ProsodyOptions): Promise<HostServer> {
  const root = await ensureDebian()
  await prepare(options, root)
  const { component, rooms } = serviceNames(options.domain)
  return Object.assign(await startRestartable(() => launch(options, root)), {
    kind: 'prosody' as const,
    domain: options.domain,
    address: options.address,
    component: { domain: component, port: componentPort, secret: options.componentSecret },
    rooms,
    log: join(options.folder, 'prosody.log'),
    tap: join(options.folder, 'tap.jsonl'),
  })
}

async function launch(options: ProsodyOptions, root: string): Promise<RunningProcess> {
  await ensureFree(options.address, ports)
  const server = startProcess(
    join(root, 'usr/bin/lua5.4'),
    ['prosody.lua', '--config', 'prosody.cfg.lua', '-F'],
    {
      cwd: options.folder,
      env: {
        ...process.env,
        ...(await debianEnvironment(root)),
        PROSODY_SRCDIR: join(root, 'usr/lib/prosody'),
      },
      output: join(options.folder, 'prosody.out'),
    },
  )
  try {
    for (const port of ports) await Promise.race([untilOpen(options.address, port), server.unexpectedEnd])
  } catch (cause) {
    await server.kill()
    throw cause
  }
  return server
}

async function prepare(options: ProsodyOptions, root: string): Promise<void> {
  const { folder } = options
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
  const { component, rooms } = serviceNames(options.domain)
  const { key, certificate } = await makeCertificate([options.domain, component, rooms])
  const config = prosodyConfig(options, luaModules())
  await writePrivate(join(folder, 'server.key'), key)
  await writePrivate(join(folder, 'server.crt'), certificate)
  await writePrivate(join(folder, 'prosody.cfg.lua'), config)
  await writePrivate(join(folder, 'prosody.lua'), await program(root, folder))
  await writePrivate(join(folder, 'hosts'), hostsText(options.hosts))
  for (const [user, password] of options.accounts ?? []) await addAccount(options, user, password)
}

// The program has its folders written into it.
async function program(root: string, folder: string): Promise<string> {
  const original = await readFile(join(root, 'usr/bin/prosody'), 'utf8')
  const folders = {
    CFG_SOURCEDIR: join(root, 'usr/lib/prosody'),
    CFG_CONFIGDIR: folder,
    CFG_PLUGINDIR: join(root, 'usr/lib/prosody/modules/'),
    CFG_DATADIR: join(folder, 'data'),
  }
  return Object.entries(folders).reduce(
    (text, [name, path]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=[[${path}]];`),
    original,
  )
}

function hostsText(hosts: ReadonlyMap<string, string>): string {
  const names = (domain: string) => [domain, ...Object.values(serviceNames(domain))].join(' ')
  return [...hosts].map(([domain, address]) => `${address} ${names(domain)}\n`).join('')
}

// Prosody's internal storage; it hashes the password when the user first logs in.
async function addAccount(options: ProsodyOptions, user: string, password: string): Promise<void> {
  const folder = join(options.folder, 'data', options.domain.replaceAll('.', '%2e'), 'accounts')
  await mkdir(folder, { recursive: true })
  await writePrivate(join(folder, `${user}.dat`), `return { ["password"] = "${password}" };\n`)
}
