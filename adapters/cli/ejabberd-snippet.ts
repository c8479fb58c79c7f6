// The lines that attach the plugin to ejabberd 23 or newer.
import type { Config } from '../../plugin/config.js'

/** Text of `p3do.ejabberd.yml`, which ejabberd reads beside ejabberd.yml. Used by `p3do init`. It holds the secret. */
export function ejabberdSnippet(config: Config, secret: string): string {
  const { component, domain, service } = config.server
  const { hostname, port } = new URL(service)
  return `# Attaches P3DO to ejabberd, which reads this file beside ejabberd.yml. It holds a secret: mode 0640, owner root, group ejabberd.
listen:
  -
    # The plugin's link (XEP-0114), on this machine only. Debian ships no such listener.
    port: ${port}
    ip: "${hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/gu, '')}"
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

# After a try in vain ejabberd waits longer each time until it tries to reach another server again, by default up to 300 s, and refuses
# what is for it meanwhile. Servers of the federation look for each other every few seconds, and so a server that is back is
# noticed at once. It counts for all domains of this ejabberd. With the option in ejabberd.yml as well ejabberd does not start
# ("Duplicated option"): take it out there or here.
s2s_max_retry_delay: 5

append_host_config:
  "${domain}":
    # Hands over what users write to contacts for whom they turned onion routing on, puts certified keys of users on their
    # accounts, where OX clients look for them, and tells the plugin whether an account is still there. It must be installed
    # before ejabberd reads this (ejabberdctl module_install mod_p3do). Without it the rest works. Once users have turned it on,
    # their messages leave in clear without it.
    modules:
      mod_p3do:
        component: "${component}"
    # The plugin opens the rooms of its contexts as a user of its own domain; by default only local users may. For this domain
    # these lines stand in place of those of muc_create in ejabberd.yml, which mod_muc names there (access_create).
    acl:
      p3do:
        server: "${component}"
    access_rules:
      muc_create:
        - allow: local
        - allow: p3do
`
}
