// Questions of `p3do doctor` that only whoever has the component's link can put: to the host, and through it to others.
import { PluginError } from '../../plugin/errors.js'
import type { Carrier, Clock, Domain, Random } from '../../plugin/ports.js'
import { entityTime } from './entity-time.js'
import { hasFeature, visit } from './host-module.js'
import type { Link } from './link.js'
import { StanzaRefused } from './stanza-errors.js'
import { attribute, childText, xml } from './xml.js'

/**
 * `to` is a domain. `room` opens a room as a context needs it, and ends it; `module` is whether the host has the plugin's own
 * module, and it serves this plugin; `visitors` is the same of the one for visitors, which may also say that nobody can come.
 */
export type ProbeQuestion =
  | { readonly ask: 'link' | 'room' | 'module' | 'visitors' }
  | { readonly ask: 'ping' | 'time'; readonly to: string }

/** `reached` where the host, or the domain that was asked, did it or answered at all. */
export interface ProbeAnswer {
  readonly reached: boolean
  /** Why not, in words; or the condition of an error that the domain answered with. `null` where all is well. */
  readonly why: string | null
  /** For `time`: by how many milliseconds the other clock is ahead, and by how many that may be wrong. */
  readonly ahead?: number
  readonly precision?: number
}

export type HostProbe = (question: ProbeQuestion) => Promise<ProbeAnswer>

export interface ProbeOptions {
  readonly link: Link
  /** The host's own domain. */
  readonly domain: Domain
  readonly carrier: Pick<Carrier, 'open' | 'close'>
  readonly clock: Clock
  readonly random: Random
}

const answerWithin = 15_000
// RFC 6120 s8.3.3.16, s8.3.3.17
const away = ['remote-server-not-found', 'remote-server-timeout']

/** For `createXmppHost`, and for whoever opened a link of his own. */
export function createProbe(options: ProbeOptions): HostProbe {
  return question => {
    switch (question.ask) {
      case 'link':
        return Promise.resolve(
          options.link.online ? good : { reached: false, why: 'the link to the host is down' },
        )
      case 'room':
        return explained(() => tryRoom(options))
      case 'module':
        return explained(() => findModule(options))
      case 'visitors':
        return explained(() => findVisitors(options))
      case 'ping':
        return explained(() => ping(options, question.to))
      case 'time':
        return explained(() => askTime(options, question.to))
    }
  }
}

const good: ProbeAnswer = { reached: true, why: null }

async function explained(ask: () => Promise<ProbeAnswer>): Promise<ProbeAnswer> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof StanzaRefused)
      return { reached: !away.includes(error.condition), why: error.condition }
    if (error instanceof PluginError) return { reached: false, why: error.message }
    throw error
  }
}

async function tryRoom({ carrier, random }: ProbeOptions): Promise<ProbeAnswer> {
  const context = await carrier.open(`doctor${random.octets(12).toString('hex')}`)
  await carrier.close(context)
  return good
}

async function findModule({ link, domain }: ProbeOptions): Promise<ProbeAnswer> {
  const isThere = await hasFeature(link, domain, 'once')
  return isThere ? good : { reached: false, why: null }
}

async function findVisitors({ link, domain: to }: ProbeOptions): Promise<ProbeAnswer> {
  await link.request(xml('iq', { type: 'get', to }, xml('visitors', { xmlns: visit })), answerWithin)
  return good
}

// XEP-0199 s4.4
async function ping({ link }: ProbeOptions, to: string): Promise<ProbeAnswer> {
  await link.request(xml('iq', { type: 'get', to }, xml('ping', { xmlns: 'urn:xmpp:ping' })), answerWithin)
  return good
}

// XEP-0202 s3: the time there lies between that of the question and that of the answer here.
async function askTime({ link, clock }: ProbeOptions, to: string): Promise<ProbeAnswer> {
  const asked = clock.now()
  const iq = await link.request(
    xml('iq', { type: 'get', to }, xml('time', { xmlns: entityTime })),
    answerWithin,
  )
  const answered = clock.now()
  const time = iq.getChild('time', entityTime)
  const utc = Date.parse((time && childText(time, 'utc', entityTime)) ?? '')
  if (Number.isNaN(utc) || attribute(iq, 'type') !== 'result')
    return { reached: true, why: 'it told no time' }
  return { ...good, ahead: utc - (asked + answered) / 2, precision: (answered - asked) / 2 + 1000 }
}
