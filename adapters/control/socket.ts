// Where the command line meets the running plugin: a socket in the data folder, for its owner only.
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** What stands in the request; the answer is a `ControlAnswer`. */
export interface ControlRequest {
  readonly words: readonly string[]
}

/** `code` is one of `plugin/errors.ts`. */
export type ControlAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: string; readonly text: string }

export const controlPath = '/command'
/** Where the copy of the database is asked for; the answer is its path. */
export const snapshotPath = '/snapshot'
/** Where questions about the host are put; the answer is a `ProbeAnswer` in JSON. */
export const probePath = '/probe'
export const socketName = 'control.sock'

// unix(7): a socket's path has 108 octets with its end, on other systems 104.
const longestPath = 103

/** Calls with a path of a socket in a folder that is short enough; a longer one is reached by the folder's descriptor. */
export async function withSocketPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= longestPath) return use(path)
  const handle = await open(folder, 'r')
  return use(`/proc/self/fd/${String(handle.fd)}/${name}`).finally(() => handle.close())
}
