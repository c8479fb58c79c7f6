// Asks an HTTP server as fast as it answers, over connections that stay open where it lets them; a client that costs less than any server (RFC 9112).
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface LoadClient {
  /**
   * Asks all of these, each connection one after the other.
   * @returns the heads of the answers, all of that status
   */
  ask(requests: readonly string[], status: number): Promise<string[]>
  close(): void
}

/** A request as it goes over the wire. */
export function getRequest(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: bench\r\n${headers}\r\n`
}

/** So many connections to a port on this machine, opened when they are needed. */
export function createLoadClient(port: number, connections: number): LoadClient {
  const lines = Array.from({ length: connections }, () => createLine(port))
  return {
    async ask(requests, status) {
      const heads: string[] = []
      let next = 0
      const work = async (line: Line): Promise<void> => {
        for (let at = next++; at < requests.length; at = next++) {
          const head = await line.ask(requests[at] ?? '')
          if (!head.startsWith(`HTTP/1.1 ${status}`) && !head.startsWith(`HTTP/1.0 ${status}`))
            throw new Error(`Another answer than ${status}: ${head.slice(0, head.indexOf('\r'))}`)
          heads[at] = head
        }
      }
      await Promise.all(lines.map(work))
      return heads
    },
    close() {
      for (const line of lines) line.close()
    },
  }
}

interface Line {
  /** Resolves to the head of the answer, when all of it is here. */
  ask(request: string): Promise<string>
  close(): void
}

interface Waiting {
  readonly resolve: (head: string) => void
  readonly reject: (error: Error) => void
}

function createLine(port: number): Line {
  let socket: Socket | null = null
  let waiting: Waiting | null = null
  let received: Buffer = Buffer.alloc(0)

  const finish = (head: string): void => {
    const asker = waiting
    waiting = null
    received = Buffer.alloc(0)
    asker?.resolve(head)
  }
  const hear = (piece: Buffer): void => {
    received = received.length === 0 ? piece : Buffer.concat([received, piece])
    const head = headOfWhole(received)
    // Of a connection that ends with its answer, the end is waited for.
    if (head !== null && !closing.test(head)) finish(head)
  }
  const end = (): void => {
    socket = null
    // Without a length the end of the connection is the end of the answer.
    const headEnd = received.indexOf('\r\n\r\n')
    if (waiting === null) return
    if (headEnd === -1) waiting.reject(new Error('The server closed a connection in the middle.'))
    else finish(received.toString('latin1', 0, headEnd))
  }
  const open = async (): Promise<Socket> => {
    const fresh = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(fresh, 'connect')
    fresh
      .on('data', hear)
      .on('close', end)
      .on('error', () => undefined)
    return fresh
  }
  return {
    async ask(request) {
      socket ??= await open()
      const answer = new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject }
      })
      socket.write(request)
      return answer
    },
    close: () => void socket?.destroy(),
  }
}

const closing = /^HTTP\/1\.0|\r\nconnection: close/i

// The head of an answer that is here with its whole body.
function headOfWhole(received: Buffer): string | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const head = received.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined && !/^HTTP\/1.\d 304/.test(head)) return null
  return received.length - headEnd - 4 < Number(length ?? 0) ? null : head
}
