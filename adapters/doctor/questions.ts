// What is asked through the component's link: rooms, the host's module, and the clocks of peers.
import type { Config } from '../../plugin/config.js'
import type { HostProbe } from '../xmpp/index.js'
import { noLink, ok, unknown, warning, wrong, type Finding } from './finding.js'
import { mostPeers, type KnownPeer } from './peers.js'

/** Whether the host lets the plugin make a room in which it alone speaks. */
export async function roomFindings(probe: HostProbe | null, { server, mor }: Config): Promise<Finding[]> {
  if (mor.contexts === 0)
    return [ok('The plugin makes no rooms (mor.contexts is 0); it speaks in those that users lend it.')]
  if (probe === null) return [noLink()]
  const { reached, why } = await probe({ ask: 'room' })
  if (reached)
    return [
      ok(`A room at ${server.rooms} was made, closed to all but members, with a voice for its owner alone.`),
    ]
  const fix =
    server.host === 'prosody'
      ? `Component "${server.rooms}" "muc" must be in Prosody's configuration, with restrict_room_creation at its default, false.`
      : 'ejabberd needs mod_muc with access_create: muc_create, and muc_create must allow the acl p3do; p3do.ejabberd.yml has the lines.'
  return [wrong(why ?? 'The room could not be made.', fix)]
}

/** Whether the host has the plugin's own module, without which it does less. */
export async function moduleFindings(probe: HostProbe | null, { server }: Config): Promise<Finding[]> {
  if (probe === null) return [noLink()]
  const { reached, why } = await probe({ ask: 'module' })
  if (reached) return [ok('The chat server has the module mod_p3do, and it serves this plugin.')]
  if (why !== null) return [unknown(why)]
  const fix =
    server.host === 'prosody'
      ? `Put mod_p3do.lua where Prosody looks for modules, and modules_enabled and p3do_hosts as in p3do.cfg.lua; then restart Prosody.`
      : `Install it with ejabberdctl module_install mod_p3do, and have it among the modules of ${server.domain} as in p3do.ejabberd.yml.`
  return [
    warning(
      `The chat server has no module mod_p3do that serves ${server.component}: users can not turn onion routing on for contacts at their own addresses, and keys in their clients do not work.`,
      fix,
    ),
  ]
}

// PROTO s9.2: what is more than ten minutes old, or ahead, is refused between servers.
const far = 300_000
const near = 5000

/** The clock of this machine against those of peers, or else the host's. */
export async function clockFindings(
  probe: HostProbe | null,
  { server }: Config,
  peers: readonly KnownPeer[],
): Promise<Finding[]> {
  if (probe === null) return [noLink()]
  const asked = [...peers.slice(0, mostPeers).map(({ component }) => component), server.domain]
  for (const to of asked) {
    const { ahead, precision = 0 } = await probe({ ask: 'time', to })
    if (ahead !== undefined) return [clockFinding(to, ahead, precision)]
  }
  return [unknown('Neither a peer nor the host tells the time (XEP-0202).')]
}

function clockFinding(other: string, ahead: number, precision: number): Finding {
  const difference = Math.max(0, Math.abs(ahead) - precision)
  const seconds = `${(difference / 1000).toFixed(0)} s`
  if (difference < near) return ok(`The clock agrees with that of ${other}.`)
  const words = `The clock differs from that of ${other} by ${seconds}.`
  const fix = 'Let a time service set it (systemd-timesyncd, chrony); if it does, the other one is wrong.'
  return difference < far ? warning(words, fix) : wrong(words, fix)
}
