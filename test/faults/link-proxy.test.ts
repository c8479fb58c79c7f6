// The way between two servers: cut it ends what goes through, and swallowing it holds everything, with all connections open.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startLinkProxy } from './link-proxy.js'

/** What listens behind the proxy says everything back. */
async function linked(t: Test) {
  const echo = createServer(socket => socket.on('error', () => socket.destroy()).pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const address = echo.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const link = await startLinkProxy('127.0.0.2', '127.0.0.1', port)
  const sockets: Socket[] = []
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await link.stop()
    echo.close()
  })
  const open = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.2', port }).setEncoding('utf8')
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  return { link, open }
}

async function says(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [string]
  return answer
}

t.test('what it swallows comes through when it is let out, and nothing of it before', async t => {
  const { link, open } = await linked(t)
  const [held, other] = [await open(), await open()]
  t.equal(await says(held, 'one'), 'one')
  t.equal(await says(other, 'two'), 'two')
  link.swallow()
  const heard: string[] = []
  held.on('data', (text: string) => heard.push(text))
  held.write('three')
  const late = await open()
  late.write('four')
  await new Promise(resolve => setImmediate(resolve))
  t.same([heard, held.destroyed, late.destroyed], [[], false, false])
  link.letOut()
  t.same(await Promise.all([once(held, 'data'), once(late, 'data')]), [['three'], ['four']])
})

t.test('cut, it ends what goes through, also what it swallowed, and takes nothing more', async t => {
  const { link, open } = await linked(t)
  const socket = await open()
  t.equal(await says(socket, 'one'), 'one')
  link.swallow()
  const ended = once(socket, 'close')
  link.cut()
  await ended
  await once(await open(), 'close')
  link.letOut()
  link.mend()
  t.equal(await says(await open(), 'two'), 'two')
})
