// Who is told what when a lent room is no context any more, and when it is one again.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import type { ContextAddress } from '../../../plugin/ports.js'
import { createNotices } from '../../../plugin/rooms/notices.js'
import { silentLog } from '../../_memory-servers.js'

const refused = new PluginError('context-refused', 'the speaker does not own it.')
const unreachable = new PluginError('host-unreachable', 'nobody answers.')
const owners = ['olga@a.example', 'adam@a.example', 'rita@b.example'].map(parseUserAddress)

t.test('admins of each change; owners of this server of what they can mend, and how it ends', t => {
  const said: string[] = []
  const change = createNotices(
    {
      alarm: (_, text) => said.push(`admins: ${text}`),
      domain: parseDomain('a.example'),
      admins: [parseUserAddress('adam@a.example')],
      users: { deliver: ({ user, body }) => Promise.resolve(void said.push(`${user}: ${body}`)) },
      log: silentLog,
    },
    'ops@conference.a.example' as ContextAddress,
  )
  const told = (reason: PluginError | null) => {
    change(reason, owners)
    return said.splice(0)
  }
  const both = (text: string) => ['admins', 'olga@a.example'].map(who => `${who}: The room ${text}`)
  t.same(told(null), [], 'whoever lends it is answered')
  t.same(told(unreachable), [
    'admins: The room ops@conference.a.example is no context any more: nobody answers.',
  ])
  t.same(told(null), ['admins: The room ops@conference.a.example is a context again.'])
  t.same(told(refused), both('ops@conference.a.example is no context any more: the speaker does not own it.'))
  for (const again of [refused, unreachable, refused]) t.same(told(again), [], 'once')
  t.same(told(null), both('ops@conference.a.example is a context again.'))
  t.same(told(null), [])
  t.end()
})
