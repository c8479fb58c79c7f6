// Commands that clients show as a menu with forms (XEP-0050, XEP-0004).
import type { Element } from 'ltx'
import { FieldError, PluginError } from '../../plugin/errors.js'
import type {
  Clock,
  CommandDesk,
  Counters,
  FilledIn,
  OfferedCommand,
  Random,
  UserAddress,
} from '../../plugin/ports.js'
import {
  actionsAt,
  cancelledAnswer,
  doneAnswer,
  failedAnswer,
  stageAnswer,
  type Action,
} from './commands-answer.js'
import { parseForm } from './commands-form.js'
import { createCommandsDirectory } from './commands-directory.js'
import {
  badAction,
  badPayload,
  badSession,
  commandsNamespace,
  forbidden,
  malformedAction,
  notFound,
  sessionExpired,
} from './commands-refusals.js'
import { createCommandSessions, type CommandSession, type CommandSessions } from './commands-sessions.js'
import type { DiscoveryNodes } from './discovery.js'
import type { Link } from './link.js'
import { addressee, localSender } from './parties.js'
import { isBug } from './stanza-errors.js'
import { attribute, childElements } from './xml.js'

export interface CommandsOptions {
  readonly link: Link
  /** Whose users are local. */
  readonly hostDomain: string
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
}

export interface Commands {
  readonly offer: (desk: CommandDesk) => void
  readonly nodes: DiscoveryNodes
}

/** One request of a client about a command. */
interface Request {
  readonly user: UserAddress
  readonly from: string
  readonly to: string
  readonly node: string
  readonly action: Action
  readonly sessionId: string | null
  readonly command: Element
}

/** For the composition root; answers from now on, and offers nothing until there is something to offer. */
export function createCommands(options: CommandsOptions): Commands {
  const { link, counters, hostDomain } = options
  const sessions = createCommandSessions(options.clock, options.random)
  let desk: CommandDesk | null = null
  const ready = (): CommandDesk => {
    if (desk) return desk
    throw new PluginError('queue-full', 'The plugin is not ready yet; try again in a moment.')
  }

  async function answer(iq: Element): Promise<Element> {
    try {
      const request = parseRequest(iq, hostDomain)
      const talk = { desk: ready(), sessions, counters }
      return await (request.sessionId === null
        ? begin(talk, request)
        : goOn(talk, request, request.sessionId))
    } catch (error) {
      if (!isBug(error)) counters.count('command-refused')
      throw error
    }
  }

  // Without these, clients do not know which of their commands was refused (XEP-0050 s3.7, example).
  link.handleIq('set', commandsNamespace, 'command', answer, ['node', 'sessionid', 'action'])
  return {
    offer: offered => {
      desk = offered
    },
    nodes: createCommandsDirectory({ ...options, desk: ready }),
  }
}

const actions: readonly string[] = ['execute', 'prev', 'next', 'complete', 'cancel'] satisfies Action[]

function isAction(word: string): word is Action {
  return actions.includes(word)
}

function parseRequest(iq: Element, hostDomain: string): Request {
  const user = localSender(iq, hostDomain)
  if (!user) throw forbidden()
  if (addressee(iq) !== 'plugin') throw notFound()
  const [command] = childElements(iq)
  const action = (command && attribute(command, 'action')) ?? 'execute'
  if (!command || !isAction(action)) throw malformedAction()
  return {
    user,
    from: attribute(iq, 'from') ?? '',
    to: attribute(iq, 'to') ?? '',
    node: attribute(command, 'node') ?? '',
    action,
    sessionId: attribute(command, 'sessionid') ?? null,
    command,
  }
}

interface Talk {
  readonly desk: CommandDesk
  readonly sessions: CommandSessions
  readonly counters: Counters
}

const nothing: FilledIn = new Map()

async function begin(talk: Talk, { user, from, to, node, action }: Request): Promise<Element> {
  const command = talk.desk.find(user, node)
  if (command === null) throw notFound()
  if (command === 'forbidden') throw forbidden()
  if (action !== 'execute') throw badAction()
  const stage = firstStage(command)
  const session: CommandSession = { user, from, to, command, stage: stage ?? 'form', filled: nothing }
  return stage === null ? run(talk, session, null) : show(talk, session)
}

function firstStage({ fields, warning }: OfferedCommand): CommandSession['stage'] | null {
  if (fields.length > 0) return 'form'
  return warning === null ? null : 'warning'
}

function show(
  { sessions }: Talk,
  session: CommandSession,
  id?: string,
  trouble: string | null = null,
): Element {
  const name = sessions.keep(session, id)
  if (name === null)
    throw new PluginError('queue-full', 'Too many commands are being filled in. Try again later.')
  return stageAnswer(session, name, trouble)
}

async function goOn(talk: Talk, request: Request, id: string): Promise<Element> {
  const session = talk.sessions.take(id)
  if (!session) throw /^[0-9a-f]{32}$/u.test(id) ? sessionExpired() : badSession()
  try {
    return await step(talk, request, session, id)
  } catch (error) {
    // What was refused can be mended.
    if (!isBug(error)) talk.sessions.keep(session, id)
    throw error
  }
}

async function step(talk: Talk, request: Request, session: CommandSession, id: string): Promise<Element> {
  const { from, to, node, command } = request
  if (from !== session.from || to !== session.to || node !== session.command.name) throw badSession()
  if (request.action === 'cancel') return cancelledAnswer(node, id)
  const allowed = actionsAt(session)
  const action = request.action === 'execute' ? allowed.at(-1) : request.action
  if (!action || !allowed.includes(action)) throw badAction()
  if (action === 'prev') return show(talk, { ...session, stage: 'form' }, id)
  if (session.stage === 'warning') return run(talk, session, id)
  const filled = ensured(talk, session, parseForm(command))
  return action === 'next'
    ? show(talk, { ...session, stage: 'warning', filled }, id)
    : run(talk, { ...session, filled }, id)
}

function ensured({ desk }: Talk, { command }: CommandSession, filled: FilledIn | null): FilledIn {
  if (!filled) throw badPayload('Send one form of type submit, each field in it once.')
  try {
    desk.ensure(command, filled)
  } catch (error) {
    throw error instanceof FieldError ? badPayload(error.message) : error
  }
  // Of what nobody asked for nothing is kept.
  return new Map(command.fields.map(({ name }) => [name, filled.get(name) ?? []]))
}

// Done once: the session is taken, and comes back only where nothing was done.
async function run(talk: Talk, session: CommandSession, id: string | null): Promise<Element> {
  const { desk, counters } = talk
  const { user, command, filled } = session
  const shown = id ?? talk.sessions.name()
  try {
    const answer = await desk.run(user, command, filled)
    counters.count('command-done')
    return doneAnswer(command, shown, answer)
  } catch (error) {
    if (error instanceof FieldError) throw badPayload(error.message)
    if (!(error instanceof PluginError) || isBug(error)) throw error
    counters.count('command-failed')
    return command.fields.length === 0 || id === null
      ? failedAnswer(command.name, shown, error.message)
      : show(talk, { ...session, stage: 'form' }, id, error.message)
  }
}
