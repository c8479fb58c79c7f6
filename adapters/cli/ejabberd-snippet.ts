// The lines that attach the plugin to ejabberd 23 or newer.
import type { Config } from '../../plugin/config.js'

/** Text of `p3do.ejabberd.yml`, to be merged into ejabberd.yml by hand. Used by `p3do init`. It holds the secret. */
export function ejabberdSnippet(config: Config, secret: string): string {
  const { component, service } = config.server
  return `# Attaches P3DO to ejabberd: merge these lines into ejabberd.yml. This file holds a secret.
listen:
  -
    # The plugin's link (XEP-0114), on this machine only. Debian ships no such listener.
    port: ${service.slice(service.lastIndexOf(':') + 1)}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    # The default is no limit at all.
    max_stanza_size: 524288
    shaper: none
    # Needed as soon as there is a second component.
    global_routes: false
    hosts:
      "${component}":
        password: "${secret}"

# The plugin opens the rooms of its contexts as a user of its own domain; by default only local users may.
acl:
  p3do:
    server: "${component}"
access_rules:
  muc_create:
    - allow: local
    - allow: p3do

modules:
  mod_muc:
    # A context keeps no history.
    history_size: 0
    access_create: muc_create
    access_persistent: muc_create
`
}
