// What is no request, or does not become one in time (RFC 9110 s15.5.1, s15.5.9; RFC 6585 s5).
import type { Socket } from 'node:net'
import type { Counters } from '../../plugin/ports.js'

/** Answers for a request that no route gets to see, and closes the connection. */
export function answerBroken(
  counters: Counters,
): (error: Error & { readonly code?: string }, socket: Socket) => void {
  return ({ code = '' }, socket) => {
    const answer = answers[code] ?? (code.startsWith('HPE_') ? unreadable : null)
    // Anything else is the connection's own end, or that of its handshake, after which nothing can be said.
    if (answer === null || !socket.writable) return void socket.destroy()
    const { status, words } = answer
    counters.count(`key server requests refused: ${status.slice(4).toLowerCase()}`)
    const head = [
      `HTTP/1.1 ${status}`,
      'Access-Control-Allow-Origin: *',
      'Connection: close',
      `Content-Length: ${words.length + 1}`,
      'Content-Type: text/plain',
    ]
    // Closed only when the answer is on its way; over TLS it would be lost otherwise.
    socket.end(`${head.join('\r\n')}\r\n\r\n${words}\n`, () => socket.destroy())
  }
}

interface Answer {
  readonly status: string
  readonly words: string
}

const unreadable: Answer = { status: '400 Bad Request', words: 'This is no HTTP request.' }
const answers: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', words: 'The request did not come in time.' },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    words: 'The head of the request is too long.',
  },
}
