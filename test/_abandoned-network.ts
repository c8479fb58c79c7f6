// A program that starts a network and then waits to be killed, for the test that nothing outlives it.
import { startNetwork } from './lab/network.js'

const { servers } = await startNetwork({ folder: process.argv[2] ?? '' })
process.stdout.write(
  `${Object.values(servers)
    .map(server => server.pid)
    .join(' ')}\n`,
)
process.stdin.resume()
