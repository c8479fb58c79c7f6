// The servers that this one federates with.
import { parseDomain } from '../addresses.js'
import { parseFingerprint, printFingerprint } from '../fingerprint.js'
import type { Directory, Federation, ListedPeer, PeerList, Suspensions } from '../pki/index.js'
import type { Fingerprint, Suspension } from '../ports.js'
import { adminCommands, type Command, type Family } from './command.js'

export const peerFamily = {
  word: 'peers',
  help: 'servers to federate with',
  commands: {
    list: {
      usage: '',
      help: 'all of them, where each comes from, and its key while the two are federated, or why it is suspended',
    },
    add: {
      usage: '<domain> [fingerprint]',
      help: 'federates with one more; with a fingerprint, 04 and 40 hex digits, no other key is taken',
    },
    remove: {
      usage: '<domain>',
      help: 'ends it: no more messages either way, and its bots leave the rooms; not met again until it is added',
    },
    approve: {
      usage: '<domain> <fingerprint>',
      help: 'takes the other key that a suspended peer shows, once its admin has read its fingerprint to you',
    },
    reject: {
      usage: '<domain>',
      help: 'refuses that other key for good: the peer stays suspended until it shows the known one',
    },
  },
} as const satisfies Family

export interface PeersPorts {
  readonly peers: PeerList
  readonly directory: Pick<Directory, 'approve' | 'reject'> & {
    readonly suspensions: Pick<Suspensions, 'of'>
  }
  readonly federation: Pick<Federation, 'lookNow'>
}

export function peerCommands({ peers, directory, federation }: PeersPorts): Command[] {
  return adminCommands(peerFamily, {
    async list() {
      const of = directory.suspensions.of
      const lines = await Promise.all(peers.list().map(async peer => lineOf(peer, await of(peer.domain))))
      return lines.length === 0 ? 'There are no peers.' : lines.sort().join('\n')
    },
    async add(_, [domain = '', fingerprint]) {
      const peer = parseDomain(domain)
      await peers.add(peer, fingerprint === undefined ? null : parseFingerprint(fingerprint))
      return `${peer} is a peer from now on; peers list says when it answered.`
    },
    async remove(_, [domain = '']) {
      const peer = parseDomain(domain)
      await peers.remove(peer)
      return `${peer} is no peer any more. What the two signed of each other stays until it ends.`
    },
    async approve(_, [domain = '', fingerprint = '']) {
      const peer = parseDomain(domain)
      // As it is listed, or as other programs print it.
      const digits = fingerprint.length === 40 ? `04${fingerprint}` : fingerprint
      await directory.approve(peer, parseFingerprint(digits))
      federation.lookNow(peer)
      return `The key is approved. ${peer} is a peer again as soon as it shows it, which is looked at now.`
    },
    async reject(_, [domain = '']) {
      const peer = parseDomain(domain)
      const rejected = await directory.reject(peer)
      return `The key ${printFingerprint(rejected)} is refused for good. ${peer} stays suspended until it shows the known one.`
    },
  })
}

const origins = {
  configured: 'of the configuration',
  added: 'added by an admin',
  asked: 'asked to federate',
} as const

function lineOf({ domain, origin, fingerprint }: ListedPeer, suspension: Suspension | null): string {
  return `${domain} (${origins[origin]}): ${suspension ? suspendedState(suspension) : stateOf(fingerprint)}`
}

function stateOf(fingerprint: Fingerprint | null): string {
  if (fingerprint === null) return 'not federated now; the log says why'
  return `federated, key ${printFingerprint(fingerprint)}`
}

function suspendedState({ known, shown, since, place, allowed }: Suspension): string {
  const next = allowed === null ? '' : '; the new one is taken at the next contact'
  return `SUSPENDED since ${new Date(since).toISOString().slice(0, 16)}Z: shows the key ${printFingerprint(shown)} at ${place}, known is ${printFingerprint(known)}${next}`
}
