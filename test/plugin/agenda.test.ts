// What is planned for a party is done at the earliest of its times, however the clock is set meanwhile.
import t from 'tap'
import { createAgenda } from '../../plugin/agenda.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { createMovedClock } from '../faults/moved-clock.js'

const hour = 3_600_000

function agendaOf() {
  const machine = createVirtualClock()
  const clock = createMovedClock(machine)
  const seen: string[] = []
  const see = (name: string): Promise<void> => Promise.resolve(void seen.push(name))
  return { machine, clock, seen, agenda: createAgenda<string>(clock, name => name, see) }
}

t.test('an earlier time takes the place of a later one, and a later one does not', t => {
  const { machine, seen, agenda } = agendaOf()
  agenda.plan('b.example', 1000)
  agenda.plan('b.example', 10)
  agenda.plan('b.example', 100)
  machine.advance(10)
  t.same(seen, ['b.example'])
  machine.advance(hour)
  t.same(seen, ['b.example'])
  t.end()
})

t.test('what is planned for soon is done soon on a clock that was set forward', t => {
  const { machine, clock, seen, agenda } = agendaOf()
  agenda.plan('b.example', hour / 2)
  clock.set(hour)
  agenda.plan('b.example', 10)
  machine.advance(10)
  t.same(seen, ['b.example'])
  t.end()
})

t.test('what is planned for soon is put off by nothing on a clock that was set back', t => {
  const { machine, clock, seen, agenda } = agendaOf()
  agenda.plan('b.example', 10)
  clock.set(-hour)
  agenda.plan('b.example', hour / 2)
  machine.advance(10)
  t.same(seen, ['b.example'])
  t.end()
})
