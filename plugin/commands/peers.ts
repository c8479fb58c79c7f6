// The servers that this one federates with.
import { parseDomain } from '../addresses.js'
import { parseFingerprint } from '../fingerprint.js'
import type { PeerList, ListedPeer } from '../pki/index.js'
import { adminCommands, type Command, type Family } from './command.js'

export const peerFamily = {
  word: 'peers',
  help: 'servers to federate with',
  commands: {
    list: { usage: '', help: 'all of them, where each comes from, and its key while the two are federated' },
    add: {
      usage: '<domain> [fingerprint]',
      help: 'federates with one more; with a fingerprint, 04 and 40 hex digits, no other key is taken',
    },
    remove: {
      usage: '<domain>',
      help: 'ends it: no more messages either way, and its bots leave the rooms; not met again until it is added',
    },
  },
} as const satisfies Family

export function peerCommands(peers: PeerList): Command[] {
  return adminCommands(peerFamily, {
    list() {
      const lines = peers.list().map(lineOf).sort()
      return Promise.resolve(lines.length === 0 ? 'There are no peers.' : lines.join('\n'))
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
  })
}

const origins = {
  configured: 'of the configuration',
  added: 'added by an admin',
  asked: 'asked to federate',
} as const

function lineOf({ domain, origin, fingerprint }: ListedPeer): string {
  const state =
    fingerprint === null
      ? 'not federated now; the log says why'
      : `federated, key ${fingerprint.slice(2).toUpperCase()}`
  return `${domain} (${origins[origin]}): ${state}`
}
