import t from 'tap'
import { systemClock } from '../../adapters/clock.js'

t.test('it runs what is due, once, and not what was cancelled', async t => {
  const before = Date.now()
  const ran: string[] = []
  const cancel = systemClock.after(1, () => ran.push('cancelled'))
  cancel()
  cancel()
  await new Promise<void>(resolve =>
    systemClock.after(2, () => {
      ran.push('due')
      resolve()
    }),
  )
  t.same(ran, ['due'])
  t.ok(systemClock.now() >= before)
})
