// What `p3do init` tells the admin: the files, how to attach them, and what each profile costs.
import type { Config } from '../../plugin/config.js'
import { costOf, profiles, type ProfileName } from '../../plugin/profiles.js'

/** Plain text for the terminal. */
export function nextSteps(
  config: Config,
  files: {
    readonly config: string
    readonly snippet: string
    /** `null` for a host without one. */
    readonly module: string | null
  },
): string {
  return `Written:
  ${files.config}
  ${files.snippet} (holds the component's secret)
  ${config.secrets.component}
  ${config.secrets.seal} (opens what the database seals: keep a copy elsewhere)

Next:
${attach(files)}
  2. Give ${config.server.component} a public DNS name and a certificate at the chat server: its bots join rooms of other servers.
  3. p3do check --config ${files.config}
  4. p3do run --config ${files.config}

Profile ${config.mor.profile}. Each of your contexts (${config.mor.contexts}) costs every one of its listeners, all the time:
${Object.keys(profiles)
  .map(name => costLine(name as ProfileName, config))
  .join('\n')}
`
}

function attach({ snippet, module }: { readonly snippet: string; readonly module: string | null }): string {
  if (module === null) {
    return `  1. Merge ${snippet} into /etc/ejabberd/ejabberd.yml; then: ejabberdctl reload_config`
  }
  return `  1. install -D -m 0644 ${module} /usr/local/lib/prosody/modules/mod_p3do.lua
     install -m 0640 -o root -g prosody ${snippet} /etc/prosody/conf.d/p3do.cfg.lua
     prosodyctl check config && systemctl restart prosody`
}

function costLine(name: ProfileName, { mor }: Config): string {
  const profile = profiles[name]
  const cost = costOf(profile, mor.routeLength, mor.extraHops)
  const mark = name === mor.profile ? '*' : ' '
  const bandwidth = `${cost.kilobytesPerSecond.toFixed(0).padStart(4)} kB/s`
  const carried = `up to ${String(cost.messagesPerMinute).padStart(3)} messages a minute in the group`
  return `${mark} ${name.padEnd(8)} ${bandwidth}, ${carried}, a mean wait of ${profile.meanDelay / 1000} s a layer`
}
