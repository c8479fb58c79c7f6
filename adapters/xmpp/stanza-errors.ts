// Error codes of the plugin as stanza errors, and stanza errors as typed errors (RFC 6120 s8.3).
import type { Element } from 'ltx'
import { PluginError, type ErrorCode } from '../../plugin/errors.js'
import { attribute, childElements, xml } from './xml.js'

const stanzaErrorNamespace = 'urn:ietf:params:xml:ns:xmpp-stanzas'

type ErrorType = 'auth' | 'cancel' | 'modify' | 'wait'

/** RFC 6120 s8.3.3. */
export const conditions = [
  'bad-request',
  'conflict',
  'feature-not-implemented',
  'forbidden',
  'gone',
  'internal-server-error',
  'item-not-found',
  'jid-malformed',
  'not-acceptable',
  'not-allowed',
  'not-authorized',
  'policy-violation',
  'recipient-unavailable',
  'redirect',
  'registration-required',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'subscription-required',
  'undefined-condition',
  'unexpected-request',
] as const

export type Condition = (typeof conditions)[number]

type Reply = readonly [ErrorType, Condition]

const replies: Record<ErrorCode, Reply> = {
  'bad-format': ['modify', 'bad-request'],
  'config-invalid': ['cancel', 'internal-server-error'],
  'secret-missing': ['cancel', 'internal-server-error'],
  'backup-invalid': ['cancel', 'internal-server-error'],
  'host-refused': ['cancel', 'internal-server-error'],
  'host-unreachable': ['wait', 'remote-server-timeout'],
  'context-refused': ['cancel', 'service-unavailable'],
  'queue-full': ['wait', 'resource-constraint'],
  'peer-unreachable': ['wait', 'remote-server-timeout'],
  'peer-refused': ['cancel', 'not-allowed'],
  'not-a-member': ['auth', 'forbidden'],
  'certificate-invalid': ['modify', 'not-acceptable'],
  'certificate-outdated': ['cancel', 'conflict'],
  'key-changed': ['cancel', 'conflict'],
  'not-local': ['auth', 'forbidden'],
  'recipient-unknown': ['cancel', 'item-not-found'],
  'recipient-untrusted': ['cancel', 'not-allowed'],
  'peer-suspended': ['cancel', 'not-allowed'],
  'sender-unknown': ['cancel', 'not-allowed'],
  'not-acknowledged': ['wait', 'remote-server-timeout'],
  'custody-wrong': ['modify', 'not-acceptable'],
  'visit-refused': ['cancel', 'not-allowed'],
  'route-unreachable': ['wait', 'remote-server-timeout'],
  'route-invalid': ['modify', 'not-acceptable'],
  'message-too-long': ['modify', 'policy-violation'],
  'message-empty': ['modify', 'bad-request'],
  'too-many-requests': ['wait', 'policy-violation'],
  'command-invalid': ['modify', 'bad-request'],
  'not-running': ['cancel', 'internal-server-error'],
  internal: ['cancel', 'internal-server-error'],
}

/** An error answer to a request of ours. `condition` is `undefined-condition` where the answer had none of RFC 6120. */
export class StanzaRefused extends PluginError {
  override readonly name = 'StanzaRefused'
  readonly condition: Condition

  constructor(condition: Condition) {
    super('peer-refused', `The other side refused the request (${condition}).`)
    this.condition = condition
  }
}

/** Thrown by handlers of iqs whose protocol asks for a certain condition, whatever the code's own would be. */
export class Refusal extends PluginError {
  override readonly name = 'Refusal'
  readonly reply: Reply
  /** A condition of the protocol itself, beside that of XMPP (RFC 6120 s8.3.4). */
  readonly specific: Element | null

  constructor(type: ErrorType, condition: Condition, message: string, specific: Element | null = null) {
    super('bad-format', message)
    this.reply = [type, condition]
    this.specific = specific
  }
}

/** Builds an error element by itself, for refusals that no error of the plugin stands for. */
export function stanzaError(type: ErrorType, condition: Condition, text?: string): Element {
  const error = xml('error', { type }, xml(condition, { xmlns: stanzaErrorNamespace }))
  if (text !== undefined) error.append(xml('text', { xmlns: stanzaErrorNamespace }, text))
  return error
}

function expected(thrown: unknown): PluginError | null {
  return thrown instanceof PluginError && thrown.fault !== 'bug' ? thrown : null
}

/** The error element for whatever a handler threw; the text of a bug stays here. */
export function errorOf(thrown: unknown): Element {
  const error = expected(thrown)
  if (!error) return stanzaError('cancel', 'internal-server-error')
  const [type, condition] = error instanceof Refusal ? error.reply : replies[error.code]
  const element = stanzaError(type, condition, error.message)
  if (error instanceof Refusal && error.specific) element.append(error.specific)
  return element
}

/** Whether what was thrown is a mistake of this program, and belongs into the log. */
export function isBug(thrown: unknown): boolean {
  return expected(thrown) === null
}

/** The answer to a stanza that couldn't be handled: its mirror with type error and the same id (RFC 6120 s8.3.1). */
export function errorAnswer(stanza: Element, error: Element): Element {
  const { name } = stanza
  const [from, to] = [attribute(stanza, 'to'), attribute(stanza, 'from')]
  return xml(name, { type: 'error', id: attribute(stanza, 'id'), from, to }, error)
}

function isCondition(name: string): name is Condition {
  return (conditions as readonly string[]).includes(name)
}

/** Reads a stanza of type error. */
export function parseStanzaError(stanza: Element): StanzaRefused {
  const error = childElements(stanza).find(child => child.name === 'error')
  const names = error ? childElements(error).map(child => child.name) : []
  return new StanzaRefused(names.find(isCondition) ?? 'undefined-condition')
}
