// docs/config.md, made from the schema so that it can't be stale.
import { describeKeys, type KeyDescription } from '../../plugin/config-keys.js'
import { costOf, profiles } from '../../plugin/profiles.js'

const head = `# Configuration

<!-- Made by \`npm run docs\` from plugin/config-schema.ts; change it there. -->

One file, \`p3do.toml\`, in TOML. \`p3do init\` writes it, \`p3do check\` reads it and says what is wrong. An unknown key stops
the start and is named. Paths are relative to the folder of the file. Each key can be set in the environment as
\`P3DO_SECTION_KEY\`, which wins over the file: \`P3DO_MOR_PROFILE=fast\`; peers are separated by commas there.
Secrets stand in files of their own, with mode 0600, never in the configuration or the environment.
`

/** The whole document. */
export function renderReference(): string {
  const keys = describeKeys()
  const names = [...new Set(keys.map(key => key.section))]
  const parts = names.map(name =>
    [`## [${name}]\n`, ...keys.filter(key => key.section === name).map(renderKey)].join('\n'),
  )
  return [head, ...parts, renderProfiles()].join('\n')
}

function renderKey(key: KeyDescription): string {
  return [
    `### ${key.section}.${key.key}\n`,
    key.meaning,
    '',
    `- Allowed: ${key.allowed}`,
    `- ${key.required ? 'Required' : `Default: ${key.otherwise ?? `\`${key.fallback ?? ''}\``}`}`,
    `- Environment: \`P3DO_${key.section.toUpperCase()}_${key.key.toUpperCase()}\`\n`,
  ].join('\n')
}

function renderProfiles(): string {
  const rows = Object.entries(profiles).map(([name, profile]) => {
    const cost = costOf(profile, 3, 1)
    const figures = [
      profile.interval,
      profile.meanDelay,
      cost.kilobytesPerSecond.toFixed(0),
      cost.messagesPerMinute,
    ]
    return `| ${[name, ...figures].join(' | ')} |`
  })
  return `## Profiles

| profile | ms between cells | mean wait a layer, ms | kB/s for each listener of a context | messages a minute in a group |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

The bandwidth is the same whether anybody writes or not. Messages are those of a route of three servers with one extra
hop each; an acknowledgement counts as a message.
`
}
