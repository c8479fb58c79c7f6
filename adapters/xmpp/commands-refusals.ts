// Why a command is refused, in the conditions that XEP-0050 has for it (XEP-0050 s4.4).
import { Refusal } from './stanza-errors.js'
import { xml } from './xml.js'

export const commandsNamespace = 'http://jabber.org/protocol/commands'

type Specific = 'malformed-action' | 'bad-action' | 'bad-payload' | 'bad-sessionid' | 'session-expired'

function specific(name: Specific) {
  return xml(name, { xmlns: commandsNamespace })
}

function badRequest(name: Specific, message: string): Refusal {
  return new Refusal('modify', 'bad-request', message, specific(name))
}

export const malformedAction = () =>
  badRequest('malformed-action', 'An action is execute, prev, next, complete or cancel.')
export const badAction = () =>
  badRequest('bad-action', 'This can not be done now; choose one of the actions shown.')
export const badPayload = (message: string) => badRequest('bad-payload', message)
export const badSession = () =>
  badRequest('bad-sessionid', 'This is no session of this client and command. Begin the command again.')
export const sessionExpired = () =>
  new Refusal(
    'cancel',
    'not-allowed',
    'This has ended or took too long. Begin the command again.',
    specific('session-expired'),
  )
export const forbidden = () => new Refusal('cancel', 'forbidden', 'This command is not for you.')
export const notFound = () => new Refusal('cancel', 'item-not-found', 'There is no such command here.')
