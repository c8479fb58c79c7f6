// The host's modules among the files of `p3do init`, as the host wants to have it (docs/host-module.md).
import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../plugin/config.js'

type HostKind = Config['server']['host']

/** Where they are written: files for Prosody, and for ejabberd a folder as `ejabberdctl module_install` takes it. */
export function hostModules(host: HostKind, folder: string): readonly string[] {
  const names = host === 'prosody' ? ['mod_p3do.lua', 'mod_p3do_visit.lua'] : ['mod_p3do']
  return names.map(name => join(folder, name))
}

/** Copies one there. */
export async function writeHostModule(host: HostKind, place: string): Promise<void> {
  // The same files for source and compiled program.
  const copy = (from: string, to: string) => copyFile(fileURLToPath(import.meta.resolve(from)), to)
  if (host === 'prosody') {
    await copy(`#prosody/${basename(place)}`, place)
    return
  }
  await mkdir(join(place, 'src'), { recursive: true })
  await copy('#ejabberd/mod_p3do.spec', join(place, 'mod_p3do.spec'))
  await copy('#ejabberd/mod_p3do.erl', join(place, 'src', 'mod_p3do.erl'))
}
