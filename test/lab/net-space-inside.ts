// Runs inside a network namespace: what listens there, and leads out of it by the folder's sockets (unix(7)).
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createRelay } from './relay.js'

const [folder = '', ...ports] = process.argv.slice(2)

for (const port of ports) {
  const relay = createRelay({ path: join(folder, port) })
  await once(relay.listen(Number(port), '127.0.0.1'), 'listening')
}

// RFC 7766 s8: over TCP the same messages have their length before them.
const names = createSocket('udp4')
names.on('message', (question, { port, address }) => {
  void answerTo(question).then(answer => {
    names.send(answer, port, address)
  })
})
names.bind(53, '127.0.0.1')
await once(names, 'listening')
process.stdout.write('ready\n')

async function answerTo(question: Buffer): Promise<Buffer> {
  const socket = connect(join(folder, 'dns'))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(question.length)
  socket.end(Buffer.concat([length, question]))
  return (await buffer(socket)).subarray(2)
}
