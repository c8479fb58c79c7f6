// A raw XMPP stream for attackers: whatever text they give goes out as it is (RFC 6120, XEP-0114).
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createInbox } from '../lab/inbox.js'
import type { LabUser } from '../lab/network.js'

export interface HostileStream {
  /** Own full address; for a component its domain. */
  readonly address: string
  write(text: string): void
  /** Resolves with the stanza that answers this id, as text. */
  answer(id: string): Promise<string>
  /** Resolves with everything that came so far once that fits. */
  until(pattern: RegExp): Promise<string>
  /** Everything that came so far. */
  received(): string
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>
  close(): void
}

interface Reading {
  text: string
  until(pattern: RegExp): Promise<string>
}

const header = (to: string, xmlns: string) =>
  `<?xml version='1.0'?><stream:stream xmlns='${xmlns}' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='${to}'>`

/** Logs a user in, with TLS and PLAIN; the certificate of the laboratory is not looked at. */
export async function openUserStream(user: LabUser): Promise<HostileStream> {
  const [host = '', port = ''] = user.server.split(':')
  const [local = '', domain = ''] = user.address.split('@')
  const open = header(domain, 'jabber:client')
  const plain = connect({ host, port: Number(port) })
  const before = readFrom(plain)
  plain.write(open)
  await before.until(/<\/stream:features>/)
  plain.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await before.until(/<proceed/)
  plain.removeAllListeners('data')
  const socket = connectTls({ socket: plain, servername: domain, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const reading = readFrom(socket)
  socket.write(open)
  await reading.until(/<\/stream:features>/)
  const token = Buffer.from(`\0${local}\0${user.password}`).toString('base64')
  socket.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${token}</auth>`)
  await reading.until(/<success/)
  reading.text = ''
  socket.write(open)
  await reading.until(/<\/stream:features>/)
  socket.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
  const bound = await reading.until(/<jid>[^<]*<\/jid>/)
  return hostileStream(socket, reading, /<jid>([^<]*)</.exec(bound)?.[1] ?? '')
}

/** Attaches a component. */
export async function openComponentStream(
  host: string,
  port: number,
  domain: string,
  secret: string,
): Promise<HostileStream> {
  const socket = connect({ host, port })
  const reading = readFrom(socket)
  socket.write(header(domain, 'jabber:component:accept'))
  const id = /\bid=['"]([^'"]*)/.exec(await reading.until(/<stream:stream[^>]*>/))?.[1] ?? ''
  const digest = createHash('sha1').update(`${id}${secret}`).digest('hex')
  socket.write(`<handshake>${digest}</handshake>`)
  await reading.until(/<handshake/)
  return hostileStream(socket, reading, domain)
}

function readFrom(socket: Socket): Reading {
  const pieces = createInbox<string>('part of a stream')
  const reading: Reading = {
    text: '',
    until: async pattern => {
      await pieces.waitFor(() => pattern.test(reading.text))
      return reading.text
    },
  }
  // The attackers' own servers throw them out now and then; that ends in `close`.
  socket.on('error', () => undefined)
  socket.setEncoding('utf8').on('data', text => {
    reading.text += String(text)
    pieces.add('')
  })
  // What is there already can be waited for as well.
  pieces.add('')
  return reading
}

function hostileStream(socket: Socket, reading: Reading, address: string): HostileStream {
  const ended = once(socket, 'close').then(() => undefined)
  return {
    address,
    ended,
    write: text => void socket.write(text),
    until: pattern => reading.until(pattern),
    received: () => reading.text,
    answer: async id => {
      const pattern = new RegExp(`<(iq|message|presence)\\b[^>]*\\bid='${id}'[^>]*(?:/>|>.*?</\\1>)`, 's')
      return pattern.exec(await reading.until(pattern))?.[0] ?? ''
    },
    close: () => {
      socket.end('</stream:stream>')
    },
  }
}
