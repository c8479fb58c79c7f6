// Configuration of one laboratory ejabberd, a text of YAML: that of Debian's package in what concerns access and rates
// (ejabberd.yml(5)), and the snippet of `p3do init`.
import { c2sPort, s2sPort, serviceNames, type HostServerOptions } from './host-server.js'

/** Its addresses come from `hosts` in any case; it has no use for a `resolver`. */
export interface EjabberdOptions extends Omit<HostServerOptions, 'resolver'> {
  /** Folders with compiled modules. */
  readonly modulePaths?: readonly string[]
  /** Further modules with their options, lines of YAML. */
  readonly modules?: readonly string[]
}

const modules = `
  mod_adhoc: {}
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_disco: {}
  mod_mam: { default: always }
  mod_muc:
    access_create: muc_create
    access_persistent: muc_create
    default_room_options: { mam: true }
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub: { plugins: [flat, pep] }
  mod_register: {}
  mod_roster: {}
  mod_s2s_dialback: {}
  mod_stream_mgmt: {}
  mod_vcard: {}`

/** Text of `ejabberd.yml`, which reads `p3do.yml` beside it as well. */
export function ejabberdConfig(options: EjabberdOptions): string {
  const path = (name: string): string => JSON.stringify(`${options.folder}/${name}`)
  return `
loglevel: info
log_rotate_count: 0
hosts: [${JSON.stringify(options.domain)}]
certfiles: [${path('server.pem')}]
include_config_file: [${path('p3do.yml')}]
listen:
  -
    port: ${c2sPort}
    ip: "${options.address}"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: c2s_shaper
    access: c2s
    starttls: true
  -
    port: ${s2sPort}
    ip: "${options.address}"
    module: ejabberd_s2s_in
    max_stanza_size: 524288
    shaper: s2s_shaper
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
s2s_use_starttls: required
s2s_dns_timeout: 2
auth_password_format: scram
acl:
  local:
    user_regexp: ""
access_rules:
  local:
    allow: local
  c2s:
    allow: all
  muc_create:
    allow: local
shaper:
  normal:
    rate: 3000
    burst_size: 20000
  fast: 200000
shaper_rules:
  c2s_shaper: normal
  s2s_shaper: fast
modules:${modules}
  mod_lab_reload: {}
${(options.modules ?? []).map(line => `  ${line}\n`).join('')}`
}

/** Where ejabberd looks names up: lines of a hosts file (nss_wrapper(1)). */
export function hostsFile({ hosts }: EjabberdOptions): string {
  const names = (domain: string): string => [domain, ...Object.values(serviceNames(domain))].join(' ')
  return [...hosts].map(([domain, address]) => `${address} ${names(domain)}\n`).join('')
}

/** No question for SRV records leaves the machine (ERTS User's Guide, "Inet Configuration"). */
export const inetConfig = '{lookup, [file]}.\n{resolv_conf, ""}.\n{hosts_file, ""}.\n'
