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
      title: 'Peers: list, with keys to approve',
      help: 'all of them, where each comes from, and its key while the two are federated, or why it is suspended',
    },
    add: {
      usage: '<domain> [fingerprint]',
      title: 'Peers: add one',
      help: 'federates with one more; with a fingerprint, 40 hex digits, no other key is taken',
    },
    remove: {
      usage: '<domain>',
      title: 'Peers: remove one',
      warning: 'No more messages will pass between the two servers.',
      help: 'ends it: no more messages either way, and its bots leave the rooms; not met again until it is added',
    },
    approve: {
      usage: '<domain> <fingerprint>',
      title: 'Peers: approve a changed key',
      warning: 'Approve it only if the admin of that server has read this fingerprint to you.',
      help: 'takes the other key that a suspended peer shows, once its admin has read its fingerprint to you',
    },
    reject: {
      usage: '<domain>',
      title: 'Peers: reject a changed key',
      warning: 'This key is refused for good.',
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
      const all = [...peers.list()].sort((one, other) => (one.domain < other.domain ? -1 : 1))
      const rows = await Promise.all(all.map(async peer => rowOf(peer, await of(peer.domain))))
      if (rows.length === 0) return 'There are no peers.'
      const text = rows.map(([domain, origin, state]) => `${domain} (${origin}): ${state}`).join('\n')
      return { text, columns: ['Peer', 'Origin', 'State'], rows }
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
      await directory.approve(peer, parseFingerprint(fingerprint))
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

function rowOf(
  { domain, origin, fingerprint }: ListedPeer,
  suspension: Suspension | null,
): readonly [string, string, string] {
  return [domain, origins[origin], suspension ? suspendedState(suspension) : stateOf(fingerprint)]
}

function stateOf(fingerprint: Fingerprint | null): string {
  if (fingerprint === null) return 'not federated now; the log says why'
  return `federated, key ${printFingerprint(fingerprint)}`
}

function suspendedState({ known, shown, since, place, allowed }: Suspension): string {
  const next = allowed === null ? '' : '; the new one is taken at the next contact'
  return `SUSPENDED since ${new Date(since).toISOString().slice(0, 16)}Z: shows the key ${printFingerprint(shown)} at ${place}, known is ${printFingerprint(known)}${next}`
}
