import type { Element } from 'ltx'
import t from 'tap'
import { feedEntity, openEntity } from '../../../adapters/xmpp/entity.js'
import { secret, startScriptedServer } from './_scripted-server.js'

t.test('white space that a host sends to keep the stream alive is not kept', async t => {
  const server = await startScriptedServer()
  const elements: Element[] = []
  let heard = () => {}
  const done = new Promise<void>(resolve => (heard = resolve))
  const entity = openEntity(
    { service: server.service, domain: 'p3do.a.example', secret },
    {
      text: text => feedEntity(entity, text),
      element: element => {
        elements.push(element)
        if (element.name === 'message') heard()
      },
      failed: () => {},
    },
  )
  t.teardown(async () => {
    entity.socket?.destroy()
    await server.stop()
  })
  const stream = await server.accepted()
  stream.write(' \n'.repeat(1000) + '<presence/>' + ' \n'.repeat(1000) + '<message/>')
  await done
  t.same(entity.parser?.root?.children, [])
  t.same(
    elements.map(element => element.name),
    ['handshake', 'presence', 'message'],
  )
})
