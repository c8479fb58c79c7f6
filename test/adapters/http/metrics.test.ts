// The page for a monitoring system, on an address of its own.
import t from 'tap'
import { startMetrics } from '../../../adapters/http/index.js'

const listen = { host: '127.0.0.1', port: 0 }

t.test('it is text for Prometheus, made anew each time, and the only page', async t => {
  let asked = 0
  const server = await startMetrics(listen, () => `p3do_info ${String(++asked)}\n`)
  t.teardown(() => server.stop())
  const url = `http://127.0.0.1:${server.port}/metrics`
  t.equal(await (await fetch(url)).text(), 'p3do_info 1\n')
  const again = await fetch(url)
  t.equal(await again.text(), 'p3do_info 2\n')
  t.equal(again.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  t.equal((await fetch(`http://127.0.0.1:${server.port}/`)).status, 404)
  t.equal((await fetch(url, { method: 'POST' })).status, 404)
})

t.test('a port that is in use stops the start and names the key', async t => {
  const server = await startMetrics(listen, () => '')
  t.teardown(() => server.stop())
  const again = startMetrics({ ...listen, port: server.port }, () => '')
  await t.rejects(again, { code: 'config-invalid', message: /metrics\.listen/ })
})
