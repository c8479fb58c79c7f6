// Configuration of one laboratory Prosody, a text of Lua (https://prosody.im/doc/configure).
import { c2sPort, componentPort, s2sPort, serviceNames, type HostServerOptions } from './host-server.js'

export interface ProsodyOptions extends HostServerOptions {
  /** Further modules, loaded on the domain. */
  readonly modules?: readonly string[]
  /** Folders in which modules are looked for, and further lines for the end: they belong to the component. */
  readonly modulePaths?: readonly string[]
  readonly componentLines?: readonly string[]
  /** Further lines for the room service. */
  readonly roomLines?: readonly string[]
  /** Octets per second that one other server may send, e.g. `30kb/s` as on Debian; none by default. */
  readonly s2sRate?: string
  /** Leaves the plugin's own module out. */
  readonly withoutModule?: boolean
  /** Writes all that passes between servers and in rooms to `tap.jsonl`. */
  readonly tap?: boolean
  /** Lets cells get lost and be said off the clock where a fault runner wants it, and looks for that word in all that passes. */
  readonly faults?: { readonly marker: string }
}

const modules =
  'disco roster saslauth tls dialback ping pep carbons smacks offline message presence iq register private blocklist posix'

/** Writes the text of `prosody.cfg.lua`; `lua` are the folders with the plugin's module and the laboratory's own. */
export function prosodyConfig(options: ProsodyOptions, lua: readonly string[]): string {
  const { component, rooms } = serviceNames(options.domain)
  const ofRooms = laboratoryModules(options)
  const own = options.withoutModule ? [] : ['p3do', 'p3do_visit']
  const ofComponent = [...own, ...(options.faults ? ['lab_faults'] : [])]
  return [
    ...globalLines(options, lua),
    `VirtualHost ${quote(options.domain)}`,
    `Component ${quote(rooms)} "muc"`,
    '  restrict_room_creation = false',
    '  muc_room_default_history_length = 0',
    ...(ofRooms.length > 0 ? [`  modules_enabled = ${list(ofRooms)}`] : []),
    ...(options.roomLines ?? []).map(line => `  ${line}`),
    `Component ${quote(component)}`,
    `  component_secret = ${quote(options.componentSecret)}`,
    '  component_conflict_resolve = "kick_old"',
    ...(ofComponent.length > 0 ? [`  modules_enabled = ${list(ofComponent)}`] : []),
    ...(options.withoutModule ? [] : [`  p3do_hosts = { ${quote(options.domain)} }`]),
    ...(options.componentLines ?? []).map(line => `  ${line}`),
    '',
  ].join('\n')
}

function globalLines(options: ProsodyOptions, lua: readonly string[]): string[] {
  const path = (name: string) => quote(`${options.folder}/${name}`)
  const address = `{ ${quote(options.address)} }`
  return [
    ...(process.getuid?.() === 0 ? ['run_as_root = true'] : []),
    `pidfile = ${path('prosody.pid')}; data_path = ${path('data')}`,
    `log = { info = ${path('prosody.log')} }`,
    `interfaces = ${address}; component_interfaces = ${address}`,
    `c2s_ports = { ${c2sPort} }; s2s_ports = { ${s2sPort} }; component_ports = { ${componentPort} }`,
    'c2s_direct_tls_ports = {}; s2s_direct_tls_ports = {}; http_ports = {}; https_ports = {}',
    namesLine(options, path('hosts')),
    `plugin_paths = ${list([...lua, ...(options.modulePaths ?? [])])}`,
    `modules_enabled = ${list(enabledModules(options))}`,
    ...(options.s2sRate ? [`limits = { s2sin = { rate = ${quote(options.s2sRate)} } }`] : []),
    ...(options.tap
      ? [`lab_tap_file = ${path('tap.jsonl')}; lab_tap_server = ${quote(options.domain)}`]
      : []),
    ...(options.faults
      ? [`lab_faults_folder = ${path('.')}; lab_faults_marker = ${quote(options.faults.marker)}`]
      : []),
    's2s_secure_auth = false',
    `ssl = { key = ${path('server.key')}, certificate = ${path('server.crt')} }`,
    'c2s_ssl = { verify = { "peer", "client_once" } }',
    'authentication = "internal_hashed"; storage = "internal"',
  ]
}

function namesLine({ resolver }: ProsodyOptions, hosts: string): string {
  if (resolver !== undefined)
    return `unbound = { forward = ${quote(resolver.replace(':', '@'))}, resolvconf = false }`
  // No question leaves the machine: without the zone, each SRV look-up waits for a name server that may not answer.
  return `unbound = { hoststxt = ${hosts}, resolvconf = false, options = { ["local-zone:"] = ". static" } }`
}

function enabledModules(options: ProsodyOptions): string[] {
  const limits = options.s2sRate ? ['limits'] : []
  return [...modules.split(' '), ...limits, ...laboratoryModules(options), ...(options.modules ?? [])]
}

// A component has only what it names itself, also of modules that are global.
function laboratoryModules({ tap, faults }: ProsodyOptions): string[] {
  return [...(tap ? ['lab_tap'] : []), ...(faults ? ['lab_faults'] : [])]
}

function list(items: readonly string[]): string {
  return `{ ${items.map(quote).join(', ')} }`
}

/** A Lua string; laboratory values hold no control characters. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
