// Locks between processes of one machine: a listening socket without a file, which the kernel frees with its process (unix(7)).
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { once } from 'node:events'

/** Gives a lock back. Calling it again does nothing. */
export type Release = () => void

/** Takes the lock now, or returns null where another one holds it. */
export async function tryLock(name: string): Promise<Release | null> {
  const server = createServer()
  const taken = once(server, 'listening').then(
    () => true,
    (error: unknown) => refusedOrThrow(error),
  )
  server.listen(address(name))
  return (await taken) ? holding(server) : null
}

/** Waits for the lock. */
export async function lock(name: string): Promise<Release> {
  for (;;) {
    const release = await tryLock(name)
    if (release) return release
    await released(name)
  }
}

function refusedOrThrow(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
  throw error
}

function holding(server: Server): Release {
  const waiting = new Set<{ destroy(): void }>()
  server.on('connection', socket => {
    waiting.add(socket.unref())
    socket.on('error', () => waiting.delete(socket))
  })
  server.unref()
  return () => {
    server.close()
    for (const socket of waiting) socket.destroy()
  }
}

// The holder answers nothing; its end, or its refusal, is the sign to try again.
async function released(name: string): Promise<void> {
  const socket = connect(address(name))
  await new Promise<void>(resolve => {
    socket.on('close', () => {
      resolve()
    })
    socket.on('error', () => socket.destroy())
  })
}

// Such a name has room for 107 octets.
function address(name: string): string {
  return `\0p3do-lab-${createHash('sha256').update(name).digest('hex')}`
}
