// What `p3do init` tells the admin: the files, how to attach them, and what each profile costs.
import { dirname } from 'node:path'
import type { Config } from '../../plugin/config.js'
import { costOf, profiles, type ProfileName } from '../../plugin/profiles.js'

/** Where `p3do init` has written; `null` for what this layout does without. */
export interface WrittenFiles {
  readonly config: string
  readonly snippet: string
  /** The host's modules: files for Prosody, a folder for ejabberd. */
  readonly modules: readonly string[]
  readonly unit: string | null
}

/** Plain text for the terminal. */
export function nextSteps(config: Config, files: WrittenFiles): string {
  const { component } = config.server
  const steps = [
    ...(files.unit === null ? [] : [owner(config, files)]),
    attach(config, files),
    `Give ${component} and ${config.server.rooms} a public DNS name and a certificate at the chat server:\nother servers' bots come to them, and its own go out from there.`,
    ...start(files),
    `p3do doctor --config ${files.config}`,
    `p3do dns --config ${files.config}\nprints the lines for your zone: with them every peer knows your key before it meets you.`,
  ]
  return `Written:
  ${files.config}
  ${files.snippet} (holds the component's secret)
${files.modules.map(module => `  ${module} (a module of the chat server)`).join('\n')}${files.unit === null ? '' : `\n  ${files.unit}`}
  ${config.secrets.component}
  ${config.secrets.seal} (opens what the database seals: keep a copy elsewhere)

Next:
${steps.map((step, index) => `  ${index + 1}. ${step.replaceAll('\n', '\n     ')}`).join('\n')}

Profile ${config.mor.profile}. Each of your contexts (${config.mor.contexts}) costs every one of its listeners, all the time:
${Object.keys(profiles)
  .map(name => costLine(name as ProfileName, config))
  .join('\n')}
`
}

function owner({ secrets }: Config, { config }: WrittenFiles): string {
  return `adduser --system --group --no-create-home --home /var/lib/p3do p3do
chown -R p3do: ${dirname(secrets.component)}
chgrp p3do ${config} && chmod 640 ${config}`
}

function attach({ server }: Config, { snippet, modules }: WrittenFiles): string {
  if (server.host === 'prosody')
    return `install -D -m 0644 -t /usr/local/lib/prosody/modules ${modules.join(' ')}
install -m 0640 -o root -g prosody ${snippet} /etc/prosody/conf.d/p3do.cfg.lua
prosodyctl check config && systemctl restart prosody`
  // The module first: ejabberd does not start with one in its configuration that it does not find.
  return `mkdir -p /var/lib/ejabberd/.ejabberd-modules/sources
cp -r ${modules.join(' ')} /var/lib/ejabberd/.ejabberd-modules/sources/
chown -R ejabberd: /var/lib/ejabberd/.ejabberd-modules
ejabberdctl module_install mod_p3do
install -m 0640 -o root -g ejabberd ${snippet} /etc/ejabberd/modules.d/p3do.yml
ejabberdctl reload_config`
}

function start({ config, unit }: WrittenFiles): string[] {
  if (unit === null) return [`p3do check --config ${config}`, `p3do run --config ${config}`]
  return [
    `install -m 0644 ${unit} /etc/systemd/system/p3do.service
systemctl daemon-reload && systemctl enable --now p3do`,
  ]
}

function costLine(name: ProfileName, { mor }: Config): string {
  const profile = profiles[name]
  const cost = costOf(profile, mor.routeLength, mor.extraHops)
  const mark = name === mor.profile ? '*' : ' '
  const bandwidth = `${cost.kilobytesPerSecond.toFixed(0).padStart(4)} kB/s`
  const carried = `up to ${String(cost.messagesPerMinute).padStart(3)} messages a minute in the group`
  return `${mark} ${name.padEnd(8)} ${bandwidth}, ${carried}, a mean wait of ${profile.meanDelay / 1000} s a layer`
}
