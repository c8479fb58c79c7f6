// Users' accounts at the host: keys are read from their nodes as anybody reads them (XEP-0060 s6.5), and written with the
// help of mod_p3do, where the host has it.
import type { Element } from 'ltx'
import type { AccountLink, AccountMark, UserAddress } from '../../plugin/ports.js'
import { route, withoutModule } from './host-module.js'
import type { Link } from './link.js'
import { keyItem, keyNode, listItem, listNode, parseKey, parseList, pubsub } from './ox.js'
import { StanzaRefused, type Condition } from './stanza-errors.js'
import { attribute, xml } from './xml.js'

// XEP-0060 s6.5.9: what there is not, or not for everybody.
const hidden: readonly Condition[] = ['item-not-found', 'forbidden', 'not-authorized', 'service-unavailable']

/** For the composition root. */
export function createAccounts({ link, hostDomain }: { link: Link; hostDomain: string }): AccountLink {
  const ask = (type: 'get' | 'set', to: string, child: Element): Promise<Element> =>
    link.request(xml('iq', { type, to }, child))

  const read = (user: UserAddress, node: string): Promise<Element | null> => {
    const items = xml('items', { node, max_items: '1' })
    return orWhere(hidden, null, ask('get', user, xml('pubsub', { xmlns: pubsub }, items)))
  }

  const write = (user: UserAddress, node: string, item: Element): Promise<Element> =>
    ask('set', hostDomain, xml('route', { xmlns: route, dir: 'key', user, node }, item))

  // `false`: there is none; `null`: the host does not say.
  const find = (user: UserAddress): Promise<Element | false | null> => {
    const asked = ask('get', hostDomain, xml('account', { xmlns: route, user }))
    return orWhere(withoutModule, null, orWhere(['item-not-found'], false, asked))
  }

  return {
    async exists(user) {
      const found = await find(user)
      return found && true
    },
    async markOf(user) {
      const found = await find(user)
      return found ? parseMark(found) : null
    },
    async listedKeys(user) {
      const answer = await read(user, listNode)
      return answer ? parseList(answer) : []
    },
    async readKey(user, fingerprint) {
      const answer = await read(user, keyNode(fingerprint))
      return answer && parseKey(answer)
    },
    async publishKey(user, key, listed) {
      // The key before the list: nobody is told of a key that is not there.
      const written = write(user, keyNode(key.fingerprint), keyItem(key)).then(() => true)
      if (!(await orWhere(withoutModule, false, written))) return false
      await write(user, listNode, listItem(listed))
      return true
    },
  }
}

const longestMark = 128

// An older module says that there is an account, and no more.
function parseMark(answer: Element): AccountMark | null {
  const found = answer.getChild('account', route)
  const [host, account] = [found && attribute(found, 'marks'), found && attribute(found, 'mark')]
  if (!host || !account || host.length > longestMark || account.length > longestMark) return null
  return { host, account }
}

async function orWhere<Value, Other>(
  conditions: readonly Condition[],
  other: Other,
  asked: Promise<Value>,
): Promise<Value | Other> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof StanzaRefused && conditions.includes(error.condition)) return other
    throw error
  }
}
