// A server with an X.509 authority and one that its users visit, federated in memory; and certificates of every kind.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import forge from 'node-forge'
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import { generateUnwrappingKey, generateUserKey } from '../plugin/openpgp/index.js'
import type { UserAddress } from '../plugin/ports.js'
import { createSealer } from '../plugin/sealer.js'
import type { X509Pair } from '../plugin/x509/certificates.js'
import { clientExtensions, type Extension } from '../plugin/x509/fields.js'
import { createX509 } from '../plugin/x509/index.js'
import { startPeerAuthorities } from '../plugin/x509/peer-authorities.js'
import { createVerifier, VisitorRefused } from '../plugin/x509/visitors.js'
import { memoryDns, memoryFetcher } from './_dns.js'
import { createFederated, type FederatedServer } from './_federated.js'
import { countedWork } from './_counted-work.js'
import { silentLog } from './_memory-servers.js'

// Making one takes long, and whose it is does not matter here.
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clientKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** The secret key of all that `anyCertificate` makes, PEM. */
export const visitorKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

export interface Wanted {
  readonly addresses?: readonly string[]
  /** Milliseconds. */
  readonly begins: number
  readonly ends: number
  readonly serial?: string
  /** In place of those that a user's certificate has. */
  readonly extensions?: readonly Extension[]
}

/** A certificate, DER, that an authority signs whatever is in it. */
export function anyCertificate(authority: X509Pair, wanted: Wanted): Buffer {
  const issuer = forge.pki.certificateFromPem(authority.certificate)
  const made = forge.pki.createCertificate()
  made.publicKey = forge.pki.publicKeyFromPem(clientKey)
  made.serialNumber = wanted.serial ?? `40${randomBytes(8).toString('hex')}`
  made.validity.notBefore = new Date(wanted.begins)
  made.validity.notAfter = new Date(wanted.ends)
  made.setSubject([{ name: 'commonName', value: 'visitor' }])
  made.setIssuer(issuer.subject.attributes)
  const names = (wanted.addresses ?? ['alice@a.example']).map(address => parseUserAddress(address))
  made.setExtensions([...(wanted.extensions ?? usual(names, issuer))])
  made.sign(forge.pki.privateKeyFromPem(authority.key), forge.md.sha256.create())
  return Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(made)).getBytes(), 'latin1')
}

/** The user's own certificate, DER, in a file of PKCS #12. */
export function certificateIn(file: Buffer, passphrase: string): Buffer {
  const bagType = forge.pki.oids['certBag'] ?? ''
  const packed = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(file.toString('latin1')), passphrase)
  const all = (packed.getBags({ bagType })[bagType] ?? []).flatMap(({ cert }) => (cert ? [cert] : []))
  const own = all.filter(({ extensions }) =>
    extensions.some(({ cA, name }) => name === 'basicConstraints' && cA !== true),
  )
  const der = own.map(certificate => forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes())
  return Buffer.from(der.join(''), 'latin1')
}

/** What a user's certificate has, for any number of addresses. */
export function usual(names: readonly UserAddress[], issuer: forge.pki.Certificate): Extension[] {
  const key = issuer.generateSubjectKeyIdentifier().getBytes()
  const [first = parseUserAddress('nobody@a.example')] = names
  const { asn1 } = forge
  return clientExtensions(first, key).flatMap(extension => {
    if (extension['id'] !== subjectAltName) return [extension]
    if (names.length === 0) return []
    const each = names.map(name => {
      const [only] = clientExtensions(name, key).filter(({ id }) => id === subjectAltName)
      const parts = asn1.fromDer(String(only?.['value'])).value as forge.asn1.Asn1[]
      return parts[0] as forge.asn1.Asn1
    })
    const value = asn1.toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, each)).getBytes()
    return [{ id: subjectAltName, value }]
  })
}

const subjectAltName = '2.5.29.17'

/** Starts both, with alice on the ring of each, and waits until the visited one knows the authority of her home. */
export async function startVisited({
  hasAuthority = true,
  fetcher = memoryFetcher(),
  dns = memoryDns(),
} = {}) {
  const servers = createFederated(Date.now())
  const home = await servers.add('a', { peers: ['c'] })
  const visited = await servers.add('c', { peers: ['a'], dns, fetcher })
  const seal = randomBytes(32)
  const x509 = x509Of(home, seal)
  const stops = [authoritiesOf(home, x509).stop]
  const authorities = authoritiesOf(visited, x509Of(visited, randomBytes(32)))
  for (const { federation } of [home, visited]) federation.start()
  const alice = parseUserAddress('alice@a.example')
  const key = generateUserKey(alice, servers.clock.now())
  await home.directory.publishUser(alice, key.certificate, generateUnwrappingKey().octets)
  if (hasAuthority) await x509.authority()
  await servers.pass(5000)
  const verify = createVerifier({
    domain: visited.domain,
    directory: visited.directory,
    authorities,
    work: countedWork,
    clock: servers.clock,
  })
  return {
    ...servers,
    home,
    visited,
    x509,
    authorities,
    alice,
    key,
    async authority(): Promise<X509Pair> {
      const stored = await home.store.loadX509Authority()
      if (!stored) throw new Error('There is no authority.')
      return { ...stored, key: createSealer(seal).unseal('x509 authority', stored.key).toString() }
    },
    verify,
    /** Why somebody is not let in, `null` where he is. */
    refusal: async (certificate: Buffer): Promise<string | null> => {
      try {
        await verify(certificate)
        return null
      } catch (error) {
        if (error instanceof VisitorRefused) return error.refusal
        throw error
      }
    },
    stop() {
      for (const stop of [...stops, authorities.stop, home.stop, visited.stop]) stop()
    },
  }

  function x509Of(server: FederatedServer, sealKey: Buffer) {
    return createX509({
      domain: server.domain,
      store: server.store,
      directory: server.directory,
      sealer: createSealer(sealKey),
      sign: octets => server.identity.authority.signStatement(octets),
      tell: () => Promise.resolve(),
      changed: () => {
        server.federation.tell('x509')
      },
      work: countedWork,
      clock: servers.clock,
      random: systemRandom,
      log: silentLog,
    })
  }

  function authoritiesOf(server: FederatedServer, own: ReturnType<typeof createX509>) {
    const { federation, directory, store, counters } = server
    const ports = {
      fetcher,
      work: countedWork,
      clock: servers.clock,
      random: systemRandom,
      log: silentLog,
      trace: () => undefined,
    }
    return startPeerAuthorities({ ...ports, federation, directory, store, counters, own })
  }
}
