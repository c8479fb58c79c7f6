// Where the checkout is, for compiled and source files alike.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest folder above this file that has a package.json. */
export function checkout(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** Folders of Prosody modules: the plugin's and the laboratory's own. */
export function luaModules(): string[] {
  return [join(checkout(), 'adapters', 'prosody'), join(checkout(), 'test', 'lab')]
}

/** Sources of ejabberd modules: the plugin's and the laboratory's own. */
export function erlangModules(): string[] {
  const inFolder = (folder: string, name: string): string => join(checkout(), folder, name)
  return [inFolder('adapters/ejabberd', 'mod_p3do.erl'), inFolder('test/lab', 'mod_lab_reload.erl')]
}
