// Hands connections from one socket to another, octets as they are.
import { connect, createServer, type NetConnectOpts, type Server } from 'node:net'
import { pipeline } from 'node:stream'

/** A server whose connections lead there; it does not listen yet. */
export function createRelay(there: NetConnectOpts): Server {
  // One side may say that it is done, and still hear the other.
  return createServer({ allowHalfOpen: true }, near => {
    const far = connect({ ...there, allowHalfOpen: true })
    // Whoever breaks off breaks both; that is all there is to do about it.
    pipeline(near, far, () => undefined)
    pipeline(far, near, () => undefined)
  })
}
