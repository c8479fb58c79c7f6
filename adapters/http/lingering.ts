// Hanging up on somebody who is still sending (RFC 9112 s9.6): closed at once, the connection would be reset, and the reset may
// overtake the answer.
import type { IncomingMessage } from 'node:http'

// Time for the answer to arrive; what comes meanwhile is thrown away.
const lingerFor = 1000

/** Lets the answer to a request that has not come whole arrive before the connection is closed. */
export function lingerOn(request: IncomingMessage): void {
  const { socket } = request
  request.resume()
  // Node calls this when its last answer is written, and would destroy the socket.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), lingerFor)
    socket.once('close', () => {
      clearTimeout(timer)
    })
  }
}
