// What DNS says of a server's key, in words for an explanation; asked at most every ten minutes for each server.
import { activeRecord, consult, type Witnesses } from '../dns/index.js'
import { PluginError } from '../errors.js'
import type { Domain, Fingerprint } from '../ports.js'
import type { Directory } from './directory.js'

export interface DnsWordsOptions extends Witnesses {
  readonly directory: Pick<Directory, 'handedOver'>
}

const lifetime = 600_000
// As many as there can be peers.
const most = 1000

/** Gives the end of a sentence that begins with "DNS". Ask it for servers that are known here only. */
export function createDnsWords(
  options: DnsWordsOptions,
): (domain: Domain, fingerprint: Fingerprint) => Promise<string> {
  const known = new Map<string, { until: number; words: Promise<string> }>()
  return (domain, fingerprint) => {
    const name = `${domain} ${fingerprint}`
    const now = options.clock.now()
    const last = known.get(name)
    if (last && now < last.until) return last.words
    const words = ask(options, domain, fingerprint)
    known.delete(name)
    const [oldest] = known.keys()
    if (known.size >= most && oldest !== undefined) known.delete(oldest)
    known.set(name, { until: now + lifetime, words })
    return words
  }
}

async function ask(options: DnsWordsOptions, domain: Domain, fingerprint: Fingerprint): Promise<string> {
  try {
    const { records, security } = await consult(options, domain)
    const active = activeRecord(records)
    if (active === null) return 'says nothing of it'
    const proof = security === 'secure' ? 'proven by DNSSEC' : 'without proof by DNSSEC'
    if (active.fingerprint === fingerprint) return `names it, ${proof}`
    // Its zone lags behind its key.
    return (await options.directory.handedOver(domain, active.fingerprint))
      ? `still names the key that handed over to it, ${proof}`
      : 'names another key (which DNS alone does not change)'
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    return error.code === 'host-unreachable' ? 'does not answer now' : 'has records that cannot be relied on'
  }
}
