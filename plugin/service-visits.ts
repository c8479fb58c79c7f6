// Visits in the running plugin: they are kept, and begin by certificate as well.
import type { Directory, Federation } from './pki/index.js'
import type { UserAddress } from './ports.js'
import type { ServiceOptions } from './service.js'
import { openVisits, type Visits } from './visits/index.js'
import { startVisiting, type X509 } from './x509/index.js'

/** @throws PluginError `secret-missing` where the seal does not open what is kept */
export async function connectVisits(
  options: ServiceOptions,
  parts: { readonly federation: Federation; readonly directory: Directory; readonly own: X509 },
): Promise<Visits> {
  const visits = await openVisits(options)
  const { users, visitors: link } = options.host
  const tell = (user: UserAddress, body: string) => users.deliver({ user, contact: null, body })
  const stopVisiting = startVisiting({ ...options, ...parts, visits, link, tell })
  return {
    ...visits,
    stop() {
      stopVisiting()
      visits.stop()
    },
  }
}
