// Whether something listens on a loopback address and port, waiting until it does, and a port for it.
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'

/** @throws PluginError `config-invalid` where one of the ports is in use */
export async function ensureFree(address: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await accepts(address, port)) {
      throw new PluginError(
        'config-invalid',
        `${address}:${port} is in use: stop what listens there, or use another address.`,
      )
    }
  }
}

/** Resolves when the port accepts a connection; the caller knows when to give up. */
export async function untilOpen(address: string, port: number, patience = 30_000): Promise<void> {
  const end = Date.now() + patience
  while (!(await accepts(address, port))) {
    if (Date.now() > end)
      throw new PluginError(
        'config-invalid',
        `${address}:${port} did not open in time; see the server's log.`,
      )
    await delay(25)
  }
}

/** A port of 127.0.0.1 on which nobody listens, asked of the kernel, since several runs may be on one machine. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port })
    const answer = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => {
      answer(true)
    })
    socket.once('error', () => {
      answer(false)
    })
  })
}
