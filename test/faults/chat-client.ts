// A light chat client that stays online over everything and says and hears many messages (RFC 6120, RFC 6121).
import { connect, type Socket } from 'node:net'
import { connect as secure } from 'node:tls'
import { parse, type Element } from 'ltx'
import { xml } from '../../adapters/xmpp/xml.js'
import type { LabUser } from '../lab/network.js'

export interface ChatClient {
  readonly online: boolean
  /** Says something now. `false`: the client is offline. */
  say(to: string, id: string, body: string): boolean
  /** Asks the plugin for help, which makes the user's keys. */
  stop(): void
}

export interface ChatEvents {
  shown(from: string, body: string): void
  /** What was said under that id did not arrive, with the error's condition and its words. */
  refused(id: string, condition: string, words: string): void
}

const retryAfter = 1000
const streamNamespaces = `xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'`
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Connects, and connects again whenever the server is lost, until it is stopped. */
export function startChatClient(user: LabUser, events: ChatEvents): ChatClient {
  const state = { socket: null as Socket | null, online: false, stopped: false }
  const [host = '', port = ''] = user.server.split(':')
  const again = (): void => {
    state.online = false
    state.socket?.destroy()
    if (!state.stopped) setTimeout(open, retryAfter).unref()
  }
  const open = (): void => {
    if (state.stopped) return
    const plain = connect({ host, port: Number(port) })
    const stream = createStream(user, events, () => (state.online = true))
    state.socket = plain
    plain.once('connect', () => plain.write(stream.opening))
    const follow = (socket: Socket): void => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        if (stream.take(text, answer => socket.write(answer)) !== 'proceed') return
        socket.removeAllListeners('data')
        const tls = secure({ socket, rejectUnauthorized: false })
        tls.once('secureConnect', () => tls.write(stream.opening))
        tls.on('error', () => undefined)
        state.socket = tls
        follow(tls)
      })
    }
    follow(plain)
    plain.on('error', () => undefined).once('close', again)
  }
  open()
  return {
    get online() {
      return state.online
    },
    say(to, id, body) {
      if (!state.online || !state.socket) return false
      state.socket.write(String(xml('message', { type: 'chat', to, id }, xml('body', {}, body))))
      return true
    },
    stop() {
      state.stopped = true
      state.socket?.destroy()
    },
  }
}

interface Stream {
  readonly opening: string
  take(text: string, answer: (stanza: string) => void): 'proceed' | null
}

function createStream({ address, password }: LabUser, events: ChatEvents, online: () => void): Stream {
  const [local = '', domain = ''] = address.split('@')
  const opening = `<?xml version='1.0'?><stream:stream to='${domain}' ${streamNamespaces}>`
  const plain = Buffer.from(`\0${local}\0${password}`).toString('base64')
  let rest = ''
  const react = (element: Element, answer: (stanza: string) => void): 'proceed' | null => {
    if (element.name === 'proceed') return 'proceed'
    if (element.name === 'stream:features') answer(nextStep(element, plain))
    else if (element.name === 'success') answer(opening)
    else if (element.name === 'iq' && element.attrs['id'] === 'bind') {
      answer('<presence/>')
      online()
    } else if (element.name === 'iq' && element.attrs['type'] === 'get')
      answer(
        String(
          xml('iq', { type: 'result', id: String(element.attrs['id']), to: String(element.attrs['from']) }),
        ),
      )
    else if (element.name === 'message') heard(element, events)
    return null
  }
  return {
    opening,
    take(text, answer) {
      rest += text
      for (let match = stanza.exec(rest); match; match = stanza.exec(rest)) {
        rest = rest.slice(match.index + match[0].length)
        if (react(parse(prefixed(match[0])), answer) === 'proceed') {
          rest = ''
          return 'proceed'
        }
      }
      return null
    },
  }
}

// Prosody escapes `>` in values, and puts no stanza into one of its own name here.
const stanza = /<(stream:features|proceed|success|iq|message|presence)\b(?:[^>]*\/>|[^>]*>[\s\S]*?<\/\1>)/u

// The prefix was declared at the beginning of the stream.
function prefixed(text: string): string {
  return text.replace(
    /^<stream:features/u,
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'",
  )
}

function nextStep(features: Element, plain: string): string {
  if (features.getChild('starttls')) return "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  if (features.getChild('mechanisms')) return `<auth xmlns='${sasl}' mechanism='PLAIN'>${plain}</auth>`
  return "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
}

function heard(message: Element, events: ChatEvents): void {
  const error = message.getChild('error')
  const text = (name: 'from' | 'id'): string => String(message.attrs[name] ?? '')
  if (error) {
    const condition = error.getChildElements()[0]?.name ?? 'unknown'
    events.refused(text('id'), condition, error.getChildText('text') ?? '')
  } else {
    const body = message.getChildText('body')
    if (body !== null) events.shown(text('from').split('/')[0] ?? '', body)
  }
}
