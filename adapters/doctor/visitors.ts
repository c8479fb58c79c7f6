// Whether users of other servers can log in at the host with their certificates (docs/host-module.md, "Visitors").
import type { Config } from '../../plugin/config.js'
import type { HostProbe } from '../xmpp/index.js'
import { ok, unknown, warning, type Finding } from './finding.js'

/** Without it the rest works. */
export async function visitorFindings(
  probe: HostProbe | null,
  { server, visits }: Config,
): Promise<Finding[]> {
  if (visits.most === 0) return [ok('Visitors are not wanted (visits.most).')]
  if (server.host !== 'prosody')
    return [ok('Visitors prove who they are by their keys; this host has no module for certificates.')]
  if (probe === null) return [unknown('This needs the component link.')]
  const { reached, why } = await probe({ ask: 'visitors' })
  if (reached && why === null)
    return [
      ok('The chat server has mod_p3do_visit: users of other servers are let in by their certificates.'),
    ]
  if (why === 'item-not-found')
    return [
      warning(
        'The chat server has mod_p3do_visit, but asks no client for a certificate.',
        'Put c2s_ssl = { verify = { "peer", "client_once" } } into the configuration of Prosody, in front of the hosts.',
      ),
    ]
  return [
    warning(
      `The chat server has no module mod_p3do_visit that serves ${server.component}: users of other servers are not let in by their certificates.`,
      'Put mod_p3do_visit.lua where Prosody looks for modules, and modules_enabled as in p3do.cfg.lua; then restart Prosody.',
    ),
  ]
}
