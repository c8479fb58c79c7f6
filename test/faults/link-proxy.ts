// The way from one server to another, as an address of its own on loopback that can be cut, or swallow what goes in.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface LinkProxy {
  /** Ends what goes through now, and takes nothing more until it is mended. */
  cut(): void
  mend(): void
  /** Everything stays open, new connections too, and nothing comes through until it is let out. */
  swallow(): void
  letOut(): void
  stop(): Promise<void>
}

/** Two ends of one connection. */
type Ends = readonly [near: Socket, far: Socket]

/** Listens on an address and hands everything on to another one, both at the same port. */
export async function startLinkProxy(address: string, target: string, port: number): Promise<LinkProxy> {
  const connections = new Set<Ends>()
  const state = { isCut: false, swallows: false }
  const server = createServer(near => {
    if (state.isCut) {
      near.destroy()
      return
    }
    const ends: Ends = [near, connect({ host: target, port })]
    connections.add(ends)
    for (const socket of ends) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        connections.delete(ends)
        destroy(ends)
      })
    }
    if (!state.swallows) join(ends)
  })
  server.listen(port, address)
  await once(server, 'listening')
  const end = (): void => {
    for (const ends of connections) destroy(ends)
  }
  return {
    cut() {
      state.isCut = true
      end()
    },
    mend() {
      state.isCut = false
    },
    swallow() {
      state.swallows = true
      for (const ends of connections) part(ends)
    },
    letOut() {
      state.swallows = false
      for (const ends of connections) join(ends)
    },
    async stop() {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}

function join([near, far]: Ends): void {
  near.pipe(far)
  far.pipe(near)
}

// What is not read stays with the kernel, which keeps the connection up.
function part(ends: Ends): void {
  for (const socket of ends) socket.unpipe().pause()
}

function destroy(ends: Ends): void {
  for (const socket of ends) socket.destroy()
}
