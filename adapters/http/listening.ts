// Taking an address, and saying what to change where it cannot be had.
import { PluginError } from '../../plugin/errors.js'

/** Where a server listens, or is to listen. */
export interface Listen {
  readonly host: string
  readonly port: number
}

interface Listening {
  listen(at: Listen): Promise<unknown>
  readonly server: { address(): string | { readonly port: number } | null }
}

/** Resolves to the port, also where any free one was asked for with 0. @throws PluginError `config-invalid` with that message */
export async function listenAt(app: Listening, at: Listen, refusal: string): Promise<number> {
  try {
    // The framework writes into what it is given, and the configuration is frozen.
    await app.listen({ ...at })
  } catch (cause) {
    throw new PluginError('config-invalid', refusal, { cause })
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : at.port
}
