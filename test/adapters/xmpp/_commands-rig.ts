// Commands as forms on a link against the scripted server, and a client that asks for them.
import type { Element } from 'ltx'
import { systemRandom } from '../../../adapters/random.js'
import { createCommands } from '../../../adapters/xmpp/commands.js'
import { answerDiscovery } from '../../../adapters/xmpp/discovery.js'
import { attribute, childElements } from '../../../adapters/xmpp/xml.js'
import type { Command } from '../../../plugin/commands/index.js'
import { tableOf } from '../../plugin/commands/_table.js'
import { createRig, type Rig } from './_rig.js'

export const namespace = 'http://jabber.org/protocol/commands'
export const dataForms = 'jabber:x:data'
export const alice = 'alice@a.example/phone'
export const root = 'root@a.example/desk'

export interface AskedCommand {
  readonly node: string
  readonly session?: string
  readonly action?: string
  /** Children of the command, as XML. */
  readonly payload?: string
  readonly from?: string
  readonly to?: string
}

export interface CommandsRig extends Rig {
  /** The answer to an iq, as it came. */
  ask(type: 'get' | 'set', child: string, from?: string, to?: string): Promise<Element>
  /** The command of the answer. */
  command(asked: AskedCommand): Promise<Element>
  /** The conditions of the error, of XMPP and of XEP-0050, and its text. */
  refused(asked: AskedCommand): Promise<readonly [string, string, string]>
  /** Everything that the client was sent. */
  received(): string
}

type RigTest = Parameters<typeof createRig>[0]

/** Offers the commands; with `null` nothing is offered yet. */
export async function createCommandsRig(
  t: RigTest,
  commands: readonly Command[] | null,
): Promise<CommandsRig> {
  const rig = await createRig(t)
  const { link, clock, count } = rig
  const shared = { link, hostDomain: 'a.example', clock, random: systemRandom, counters: { count } }
  const { offer, nodes } = createCommands(shared)
  answerDiscovery({ ...shared, nodes })
  if (commands) offer(tableOf(commands).desk)
  const stream = await rig.online()
  const ask: CommandsRig['ask'] = (type, child, from = alice, to = 'p3do.a.example') => {
    stream.write(`<iq type='${type}' id='1' from='${from}' to='${to}'>${child}</iq>`)
    return stream.stanza('iq')
  }
  const say = ({ node, session, action, payload = '', from, to }: AskedCommand): Promise<Element> => {
    const more = [session && ` sessionid='${session}'`, action && ` action='${action}'`]
    const head = `<command xmlns='${namespace}' node='${node}'${more.filter(Boolean).join('')}>`
    return ask('set', `${head}${payload}</command>`, from, to)
  }
  return {
    ...rig,
    ask,
    received: () => stream.received(),
    async command(asked) {
      const answer = await say(asked)
      const found = answer.getChild('command', namespace)
      if (!found) throw new Error(`It was refused: ${answer.toString()}`)
      return found
    },
    async refused(asked) {
      const error = (await say(asked)).getChild('error')
      const parts = error ? childElements(error) : []
      const named = (xmlns: string) =>
        parts.find(part => part.getNS() === xmlns && part.name !== 'text')?.name ?? ''
      const text = parts.find(part => part.name === 'text')?.getText() ?? ''
      const type = error ? attribute(error, 'type') : undefined
      return [`${type ?? ''} ${named(stanzas)}`, named(namespace), text]
    },
  }
}

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'

/** A submitted form; several values of a field in a list. */
export function submitted(
  values: Readonly<Record<string, string | readonly string[]>>,
  type = 'submit',
): string {
  const fields = Object.entries(values).map(([name, value]) => {
    const all = typeof value === 'string' ? [value] : value
    return `<field var='${name}'>${all.map(one => `<value>${one}</value>`).join('')}</field>`
  })
  return `<x xmlns='${dataForms}' type='${type}'>${fields.join('')}</x>`
}

/** What a form asks for: types and labels by name, `!` where it is required. */
export function askedIn(command: Element): Readonly<Record<string, string>> {
  const fields = command.getChild('x', dataForms)?.getChildren('field') ?? []
  return Object.fromEntries(
    fields.map(field => {
      const mark = field.getChild('required', dataForms) ? '!' : ''
      const [name = '', type = '', label = ''] = ['var', 'type', 'label'].map(key => attribute(field, key))
      return [name, `${type}${mark} ${label}`]
    }),
  )
}

export function sessionOf(command: Element): string {
  return attribute(command, 'sessionid') ?? ''
}

export function noteOf(command: Element): string {
  const note = command.getChild('note', namespace)
  return note ? `${attribute(note, 'type') ?? ''}: ${note.getText()}` : ''
}

/** The actions that are allowed, the default one first. */
export function actionsOf(command: Element): readonly string[] {
  const actions = command.getChild('actions', namespace)
  return actions
    ? [attribute(actions, 'execute') ?? '', ...childElements(actions).map(({ name }) => name)]
    : []
}
