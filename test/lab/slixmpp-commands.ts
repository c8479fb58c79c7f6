// A second stock client, slixmpp: its ad-hoc commands (XEP-0050), driven over its standard input, where passwords go, too.
import type { LabUser } from './network.js'
import { startSlixmpp } from './slixmpp-process.js'

/** What the client makes of an answer; which parts it has depends on the answer. */
export interface CommandShown {
  readonly commands?: Readonly<Record<string, string>>
  readonly session?: string
  readonly status?: string
  readonly actions?: readonly string[]
  readonly notes?: readonly (readonly [string, string])[]
  readonly title?: string
  readonly instructions?: string
  /** Type, label and whether it is required, by name. */
  readonly fields?: Readonly<Record<string, readonly [string, string, boolean]>>
  /** What a result says, by name of the field. */
  readonly values?: Readonly<Record<string, string>>
  readonly rows?: readonly (readonly string[])[]
  /** Of an error. */
  readonly condition?: string
  readonly text?: string
}

export interface CommandClient {
  list(to: string): Promise<CommandShown>
  /** Begins a command. */
  begin(to: string, node: string): Promise<CommandShown>
  goOn(
    session: string | undefined,
    action: 'next' | 'prev' | 'complete' | 'cancel',
    fields?: Readonly<Record<string, string | boolean>>,
  ): Promise<CommandShown>
  stop(): Promise<void>
}

/** Begins a command, fills its form in, and goes on past its warning where it has one. */
export async function fillInForm(
  client: CommandClient,
  to: string,
  node: string,
  fields: Readonly<Record<string, string | boolean>>,
): Promise<CommandShown> {
  const form = await client.begin(to, node)
  const warned = form.actions?.includes('complete') === false
  const answer = await client.goOn(form.session, warned ? 'next' : 'complete', fields)
  return warned && answer.status === 'executing' ? client.goOn(form.session, 'complete') : answer
}

/** Logs in. */
export async function createCommandClient(folder: string, user: LabUser): Promise<CommandClient> {
  // It answers everything in its order, the first answer being that it is logged in.
  const waiting: ((said: CommandShown) => void)[] = []
  const answer = (): Promise<CommandShown> => new Promise(resolve => waiting.push(resolve))
  const loggedIn = answer()
  const client = await startSlixmpp('slixmpp_commands.py', folder, user, said => {
    waiting.shift()?.(said)
  })
  const ask = (words: object): Promise<CommandShown> => {
    const answered = answer()
    client.say(words)
    return Promise.race([answered, client.unexpectedEnd])
  }
  await Promise.race([loggedIn, client.unexpectedEnd])
  return {
    list: to => ask({ do: 'list', to }),
    begin: (to, node) => ask({ do: 'command', to, node }),
    goOn: (session, action, fields) => ask({ do: 'command', session, action, fields }),
    stop: () => client.stop(),
  }
}
