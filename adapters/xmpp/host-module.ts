// What the plugin's own modules do for it at the host, and whether they are there (docs/host-module.md).
import { PluginError } from '../../plugin/errors.js'
import type { Link } from './link.js'
import { StanzaRefused, type Condition } from './stanza-errors.js'
import { xml } from './xml.js'

/** Namespace of requests to the module. */
export const route = 'urn:p3do:route:0'
/** Namespace of what is said with the module for visitors. */
export const visit = 'urn:p3do:visit:0'

/** RFC 6120 s8.4, s10.3.3: nobody at the host knows this kind of request; `forbidden`: the module is another component's. */
export const withoutModule: readonly Condition[] = [
  'service-unavailable',
  'feature-not-implemented',
  'forbidden',
]

/** Whether the host's module does what a request of that name asks for. @throws PluginError `host-unreachable` */
export async function hasFeature(link: Link, hostDomain: string, name: string): Promise<boolean> {
  try {
    await link.request(xml('iq', { type: 'get', to: hostDomain }, xml(name, { xmlns: route })))
    return true
  } catch (cause) {
    if (cause instanceof StanzaRefused && withoutModule.includes(cause.condition)) return false
    throw new PluginError('host-unreachable', 'The host did not say what it can do.', { cause })
  }
}
