// A host's component port that does exactly what the test says (XEP-0114), on a real socket of this machine.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { parse, type Element } from 'ltx'

export const streamHeader =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='p3do.a.example' id='s1'>"

/** One connection that the component made. */
export interface ScriptedStream {
  readonly socket: Socket
  /** Everything the component wrote so far. */
  readonly received: () => string
  write(text: string | Buffer): void
  /** Resolves once what the component wrote matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** The next stanza of this name that was not handed out yet. */
  stanza(name: string): Promise<Element>
  readonly closed: Promise<void>
}

export interface ScriptedServer {
  readonly service: string
  /** The next connection, raw: nothing was answered yet. */
  connection(): Promise<ScriptedStream>
  /** The next connection, after stream header and handshake. */
  accepted(): Promise<ScriptedStream>
  readonly connections: () => number
  stop(): Promise<void>
}

export const secret = 'the shared secret'

function createStream(socket: Socket): ScriptedStream {
  let text = ''
  let wake: (() => void)[] = []
  const taken = new Map<string, number>()
  socket.setEncoding('utf8')
  socket.on('data', (data: string) => {
    text += data
    wakeAll()
  })
  // A component that destroys its socket may reset the connection; tests see that as `closed`.
  socket.on('error', wakeAll)
  const closed = new Promise<void>(resolve => socket.once('close', resolve))
  socket.once('close', wakeAll)

  function wakeAll(): void {
    const waiting = wake
    wake = []
    for (const resolve of waiting) resolve()
  }

  async function until(pattern: RegExp, start = 0): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(text.slice(start))
      if (match) return match
      if (socket.closed) throw new Error(`The component closed before it wrote ${pattern.source}`)
      await new Promise<void>(resolve => wake.push(resolve))
    }
  }

  async function stanza(name: string): Promise<Element> {
    const start = taken.get(name) ?? 0
    const match = await until(new RegExp(`<${name}(?: [^>]*)?(?:/>|(?<!/)>[^]*?</${name}>)`), start)
    taken.set(name, start + match.index + match[0].length)
    return parse(match[0])
  }

  return {
    socket,
    received: () => text,
    write: data => socket.write(data),
    until,
    stanza,
    closed,
  }
}

async function accept(stream: ScriptedStream): Promise<ScriptedStream> {
  await stream.until(/<stream:stream [^>]*to="p3do\.a\.example"[^>]*>/)
  stream.write(streamHeader)
  const [, hash] = await stream.until(/<handshake>([0-9a-f]{40})<\/handshake>/)
  const expected = createHash('sha1')
    .update('s1' + secret)
    .digest('hex')
  if (hash !== expected) throw new Error('The handshake is wrong.')
  stream.write('<handshake/>')
  return stream
}

/** Starts the server on an ephemeral port. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const arrived: ScriptedStream[] = []
  const waiting: ((stream: ScriptedStream) => void)[] = []
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer(socket => {
    count++
    sockets.add(socket)
    const stream = createStream(socket)
    const next = waiting.shift()
    if (next) next(stream)
    else arrived.push(stream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  function connection(): Promise<ScriptedStream> {
    const stream = arrived.shift()
    return stream ? Promise.resolve(stream) : new Promise(resolve => waiting.push(resolve))
  }

  return {
    service: `xmpp://127.0.0.1:${String(port)}`,
    connection,
    accepted: async () => accept(await connection()),
    connections: () => count,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
