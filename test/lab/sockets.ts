// Whether something listens on a loopback address and port, waiting until it does, and a port for it.
import { randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'
import { tryLock } from './lock.js'

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
export async function untilOpen(address: string, port: number, patience = 60_000): Promise<void> {
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

// Below those that the kernel gives to whoever asks for any, by default from 32,768 on (ip(7)).
const [firstPort, portsBehind] = [20_000, 30_000]

/** A port of 127.0.0.1 for a server that takes it some time later: until then, and as long as this process lives, nobody else gets it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, portsBehind)
    const release = await tryLock(`port ${String(port)}`)
    if (release && !(await accepts('127.0.0.1', port))) return port
    release?.()
  }
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
