// What somebody does at home while the own server is there, and at another one when it is not: by forms of a stock client.
import { createCommandClient, fillInForm, type CommandShown } from './slixmpp-commands.js'
import type { LabUser } from './network.js'

/** The secret key under a passphrase, as the own server gives it. */
export async function exportKey(folder: string, user: LabUser, passphrase: string): Promise<string> {
  const { values } = await fillIn(folder, user, 'key export', { passphrase })
  return values?.['file'] ?? ''
}

/** Begins a visit with an account, by an exported key; what the server says. */
export async function importKey(
  folder: string,
  account: LabUser,
  file: string,
  passphrase: string,
): Promise<CommandShown> {
  return fillIn(folder, account, 'visit import', { file, passphrase })
}

async function fillIn(
  folder: string,
  user: LabUser,
  command: string,
  fields: Readonly<Record<string, string>>,
): Promise<CommandShown> {
  const client = await createCommandClient(folder, user)
  try {
    const plugin = `p3do@p3do.${user.address.slice(user.address.indexOf('@') + 1)}`
    return await fillInForm(client, plugin, command, fields)
  } finally {
    await client.stop()
  }
}
