// The servers that this one federates with.
import type { Domain, Fingerprint } from '../ports.js'
import { adminCommands, type Command, type Family } from './command.js'

export const peerFamily = {
  word: 'peers',
  help: 'servers to federate with',
  commands: {
    list: { usage: '', help: 'all of them, and whether they can be reached' },
  },
} as const satisfies Family

/** What is told about a peer. */
export interface PeerReport {
  readonly domain: Domain
  /** Of the certificate that is trusted now, `null` where there is none. */
  readonly fingerprint: Fingerprint | null
}

export interface PeerPorts {
  list(): Promise<readonly PeerReport[]>
}

export function peerCommands(peers: PeerPorts): Command[] {
  return adminCommands(peerFamily, {
    async list() {
      const lines = (await peers.list()).map(lineOf)
      return lines.length === 0 ? 'There are no peers.' : lines.sort().join('\n')
    },
  })
}

function lineOf({ domain, fingerprint }: PeerReport): string {
  return fingerprint === null
    ? `${domain}: not federated yet`
    : `${domain}: federated, key ${fingerprint.slice(2).toUpperCase()}`
}
