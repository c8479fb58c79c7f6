// For whom a user's messages take the onion although he writes to the contact's own address.
import type { RoutingRule, RoutingScope, UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'

const family = {
  word: 'on',
  help: 'onion routing for contacts at their own addresses',
  commands: {
    on: {
      usage: '<whom>',
      title: 'Turn onion routing on',
      labels: { whom: 'For whom: an address, a domain, or everyone' },
      help: '"on bob@b.example": what you write to bob@b.example himself takes the onion, or comes back with an error, and what he sends you comes from his address; "on b.example" for all of a server, "on everyone" for everyone at other servers',
    },
    off: {
      usage: '<whom>',
      title: 'Turn onion routing off',
      labels: { whom: 'For whom: an address, a domain, or everyone' },
      help: '"off bob@b.example" ends that, also as an exception where it is on for b.example or for everyone',
    },
    routed: { usage: '', title: 'For whom onion routing is on', help: 'for whom it is on' },
  },
} as const satisfies Family

export interface TransparentPorts {
  /** @throws PluginError `bad-format` */
  readonly parseScope: (text: string) => RoutingScope
  readonly set: (user: UserAddress, scope: RoutingScope, routed: boolean) => Promise<void>
  readonly rules: (user: UserAddress) => Promise<readonly RoutingRule[]>
}

export function transparentCommands({ parseScope, set, rules }: TransparentPorts): Command[] {
  return userCommands(family, {
    async on(user, [whom = '']) {
      const scope = parseScope(whom)
      await set(user, scope, true)
      return `Onion routing is on for ${nameOf(scope)}. Write to ${addressOf(scope)} as ever: it takes the onion or comes back with an error. Typing notifications are not sent.${onlyWithP3do(scope)}`
    },
    async off(user, [whom = '']) {
      const scope = parseScope(whom)
      await set(user, scope, false)
      return `Onion routing is off for ${nameOf(scope)}: what you write to ${addressOf(scope)} goes from server to server as anywhere else.`
    },
    async routed(user) {
      const known = [...(await rules(user))].sort((one, other) => one.scope.localeCompare(other.scope))
      if (known.length === 0) return 'Onion routing is on for nobody. Write "on bob@b.example" to turn it on.'
      const lines = known.map(({ scope, routed }) => `${nameOf(scope)}: ${routed ? 'on' : 'off'}`)
      return ['The narrowest line counts:', ...lines].join('\n')
    },
  })
}

function nameOf(scope: RoutingScope): string {
  if (scope === 'everyone') return 'everyone at other servers'
  return scope.includes('@') ? scope : `everyone at ${scope}`
}

function addressOf(scope: RoutingScope): string {
  return scope.includes('@') ? 'that address' : 'their addresses'
}

// Otherwise they would learn it from errors, one by one.
function onlyWithP3do(scope: RoutingScope): string {
  return scope === 'everyone'
    ? ' Servers without P3DO, and rooms when you write to one person in them, can not be reached any more: turn it off for those.'
    : ''
}
