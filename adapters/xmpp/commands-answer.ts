// What a client is shown of a command: a stage to fill in, or what came of it (XEP-0050 s2.4, s4).
import type { Element } from 'ltx'
import type { CommandAnswer } from '../../plugin/ports.js'
import { encodeFile, encodeForm, encodeListing, encodeWarning } from './commands-form.js'
import { commandsNamespace } from './commands-refusals.js'
import type { CommandSession } from './commands-sessions.js'
import { xml } from './xml.js'

export type Action = 'execute' | 'prev' | 'next' | 'complete' | 'cancel'

/** What can be done at a stage, the last being what `execute` means; `cancel` always can. */
export function actionsAt({ stage, command }: CommandSession): readonly Action[] {
  if (stage === 'form') return command.warning === null ? ['complete'] : ['next']
  return command.fields.length === 0 ? ['complete'] : ['prev', 'complete']
}

/** Shows the stage of a session; `trouble` says why it is shown again. */
export function stageAnswer(session: CommandSession, id: string, trouble: string | null): Element {
  const allowed = actionsAt(session)
  const actions = xml('actions', { execute: allowed.at(-1) }, ...allowed.map(action => xml(action)))
  const form =
    session.stage === 'form'
      ? encodeForm(session.command, session.filled)
      : encodeWarning(session.command, session.filled)
  return command(session.command.name, id, 'executing', actions, ...notes('error', trouble), form)
}

/** Shows what came of it, which ends the session. */
export function doneAnswer(
  { name, title }: CommandSession['command'],
  id: string,
  answer: CommandAnswer,
): Element {
  if (typeof answer === 'string') return command(name, id, 'completed', ...notes('info', answer))
  if ('file' in answer)
    return command(name, id, 'completed', encodeFile(title, answer), ...notes('info', answer.words))
  const { text, rows } = answer
  const table = rows.length === 0 ? [] : [encodeListing(title, answer)]
  return command(name, id, 'completed', ...table, ...notes('info', text))
}

/** XEP-0050 s3.6: what failed is completed all the same, with the reason. */
export function failedAnswer(name: string, id: string, reason: string): Element {
  return command(name, id, 'completed', ...notes('error', reason))
}

export function cancelledAnswer(name: string, id: string): Element {
  return command(name, id, 'canceled')
}

function command(node: string, sessionid: string, status: string, ...children: Element[]): Element {
  return xml('command', { xmlns: commandsNamespace, node, sessionid, status }, ...children)
}

// With room for the table beside it in a stanza.
const longest = 100_000

function notes(type: 'info' | 'error', text: string | null): Element[] {
  if (text === null) return []
  const shown = text.length <= longest ? text : `${text.slice(0, longest)}…\nMore is on the command line.`
  return [xml('note', { type }, shown)]
}
