// A peer's X.509 authority from its key server, where the peer itself does not answer (PROTO s9.6).
import { orNullLater } from '../errors.js'
import type { KeyFetcher, X509Peer } from '../ports.js'
import { longestCertificate, longestList } from './lengths.js'

/** All that a peer shows of its authority; nobody has checked it. */
export type Whole = Pick<X509Peer, 'authority' | 'text' | 'signature' | 'list'>

const longestStatement = 4096

const files: Readonly<Record<keyof Whole, readonly [path: string, most: number]>> = {
  text: ['/x509/statement.txt', longestStatement],
  signature: ['/x509/statement.sig', longestStatement],
  authority: ['/x509/authority.cer', longestCertificate],
  list: ['/x509/authority.crl', longestList],
}

/** From the first of the places that has it; `null` where none does. Places as in `KeyFetcher`, key servers alone are asked. */
export async function fetchElsewhere(fetcher: KeyFetcher, places: readonly string[]): Promise<Whole | null> {
  for (const place of places.filter(each => each.startsWith('hkps:'))) {
    // Away, which is one way of not having it.
    const whole = await orNullLater(fetchAll(fetcher, place))
    if (whole) return whole
  }
  return null
}

async function fetchAll(fetcher: KeyFetcher, place: string): Promise<Whole | null> {
  const get = (part: keyof Whole): Promise<Buffer | null> => fetcher.fetchFile(place, ...files[part])
  const text = await get('text')
  if (!text) return null
  const [signature, authority, list] = [await get('signature'), await get('authority'), await get('list')]
  return signature && authority && list && { text, signature, authority, list }
}
