// The unit under which systemd runs the plugin as a user of its own (systemd.service(5), systemd.exec(5)).
import type { Config } from '../../plugin/config.js'

export interface UnitOptions {
  /** Absolute paths. */
  readonly node: string
  readonly program: string
  readonly config: string
}

/** Text of `p3do.service`. Used by `p3do init --layout system`. */
export function systemdUnit({ server }: Config, { node, program, config }: UnitOptions): string {
  const host = server.host === 'prosody' ? 'prosody.service' : 'ejabberd.service'
  return `[Unit]
Description=P3DO onion routing for ${server.domain}
Documentation=file://${docsBeside(program)}
After=network-online.target ${host}
Wants=network-online.target

[Service]
# Ready when it has joined; while the chat server is away it waits, and is not given up.
Type=notify
NotifyAccess=all
TimeoutStartSec=infinity
WatchdogSec=60
ExecStart=${node} ${program} run --config ${config}
Restart=on-failure
RestartSec=10
# Wrong usage, configuration or secret file: another start does not help.
RestartPreventExitStatus=2
User=p3do
Group=p3do
StateDirectory=p3do
StateDirectoryMode=0700
UMask=0077

# It reads its configuration, writes its state, and talks to sockets; nothing else. JavaScript is compiled while it runs, so
# memory must stay both writable and executable.
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
`
}

// bin/p3do.js stands beside docs/ in every installation.
function docsBeside(program: string): string {
  return program.replace(/bin\/[^/]*$/u, 'docs/operations.md')
}
