// The command line's end of the control socket.
import { request, type IncomingMessage } from 'node:http'
import { faults, PluginError, type ErrorCode } from '../../plugin/errors.js'
import type { ProbeAnswer, ProbeQuestion } from '../xmpp/index.js'
import { controlPath, probePath, snapshotPath, socketName, withSocketPath } from './socket.js'
import type { ControlAnswer } from './socket.js'

/**
 * Lets the plugin that runs with this data folder carry out a command, and resolves to its answer.
 * @throws PluginError `not-running` where none runs, and whatever the command throws there
 */
export async function askControl(folder: string, words: readonly string[]): Promise<string> {
  return answerTo(folder, controlPath, { words })
}

/** Lets the plugin copy its database, and resolves to the path of the copy. @throws PluginError `not-running` */
export async function askSnapshot(folder: string): Promise<string> {
  return answerTo(folder, snapshotPath, {})
}

/** Puts a question about the host to the plugin. @throws PluginError `not-running` */
export async function askProbe(folder: string, question: ProbeQuestion): Promise<ProbeAnswer> {
  return JSON.parse(await answerTo(folder, probePath, question)) as ProbeAnswer
}

async function answerTo(folder: string, path: string, body: object): Promise<string> {
  const answer = readAnswer(await post(folder, path, body))
  if (answer.ok) return answer.text
  throw new PluginError(
    Object.hasOwn(faults, answer.code) ? (answer.code as ErrorCode) : 'internal',
    answer.text,
  )
}

async function post(folder: string, to: string, body: object): Promise<string> {
  try {
    return await withSocketPath(folder, socketName, path => postTo(path, to, JSON.stringify(body)))
  } catch (error) {
    throw explained(error)
  }
}

function postTo(socketPath: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const asking = request({ socketPath, path, method: 'POST', headers, agent: false }, answer => {
      readWhole(answer).then(resolve, reject)
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

async function readWhole(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function readAnswer(text: string): ControlAnswer {
  const answer = JSON.parse(text) as Partial<ControlAnswer> & { message?: string }
  if (typeof answer.text === 'string' && answer.ok !== undefined) return answer as ControlAnswer
  // The framework's own refusal of what is too long or of another shape.
  return { ok: false, code: 'command-invalid', text: `The command was refused: ${String(answer.message)}.` }
}

function explained(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES')
    return new PluginError('not-running', 'Only the user that P3DO runs as can do this, or root.', {
      cause: error,
    })
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new PluginError(
      'not-running',
      'P3DO is not running for this configuration; start it with p3do run.',
      { cause: error },
    )
  return new PluginError('not-running', 'P3DO stopped before it had answered; its log says more.', {
    cause: error,
  })
}
