// The one family of errors that `plugin/` throws; adapters map each code to a reply of their protocol.

/** Whose mistake an error is. Only `bug` is logged at error level. */
export type Fault = 'user' | 'peer' | 'host' | 'admin' | 'bug'

/** Every code, with whose fault it is. Adapters map codes exhaustively. */
export const faults = {
  'bad-format': 'peer',
  'config-invalid': 'admin',
  'secret-missing': 'admin',
  'backup-invalid': 'admin',
  'host-refused': 'host',
  'host-unreachable': 'host',
  'context-refused': 'host',
  'queue-full': 'host',
  'peer-unreachable': 'peer',
  'peer-refused': 'peer',
  'not-a-member': 'peer',
  'certificate-invalid': 'peer',
  'certificate-outdated': 'peer',
  'key-changed': 'peer',
  'not-local': 'user',
  'recipient-unknown': 'user',
  'recipient-untrusted': 'user',
  'peer-suspended': 'peer',
  'sender-unknown': 'peer',
  'not-acknowledged': 'peer',
  'custody-wrong': 'user',
  'visit-refused': 'user',
  'route-unreachable': 'user',
  'route-invalid': 'user',
  'message-too-long': 'user',
  'message-empty': 'user',
  'too-many-requests': 'user',
  'command-invalid': 'user',
  'not-running': 'admin',
  internal: 'bug',
} as const satisfies Record<string, Fault>

export type ErrorCode = keyof typeof faults

/**
 * An expected failure. `message` names cause and fix in words for whoever can act on it, and never holds a key,
 * a plaintext or an address.
 */
export class PluginError extends Error {
  override readonly name: string = 'PluginError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get fault(): Fault {
    return faults[this.code]
  }
}

/** A field of a form that is filled in wrongly; the message begins with its label. */
export class FieldError extends PluginError {
  override readonly name: string = 'FieldError'
  readonly field: string

  constructor(field: string, message: string) {
    super('command-invalid', message)
    this.field = field
  }
}

/** What `run` gives, `null` where it refuses with a PluginError: what others say is read so where it may be anything. */
export function orNull<Value>(run: () => Value): Value | null {
  try {
    return run()
  } catch (error) {
    if (error instanceof PluginError) return null
    throw error
  }
}

/** The same of what is promised. */
export function orNullLater<Value>(promised: Promise<Value>): Promise<Value | null> {
  return promised.catch((error: unknown) => {
    if (error instanceof PluginError) return null
    throw error
  })
}
