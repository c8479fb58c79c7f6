// The way from one server to another, as an address of its own on loopback that can be cut.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface LinkProxy {
  /** Ends what goes through now, and takes nothing more until it is mended. */
  cut(): void
  mend(): void
  stop(): Promise<void>
}

/** Listens on an address and hands everything on to another one, both at the same port. */
export async function startLinkProxy(address: string, target: string, port: number): Promise<LinkProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  const own = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer(near => {
    own(near)
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect({ host: target, port })
    own(far)
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(port, address)
  await once(server, 'listening')
  const end = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    cut() {
      isCut = true
      end()
    },
    mend() {
      isCut = false
    },
    async stop() {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}
