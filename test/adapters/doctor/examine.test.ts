// Checks run at once, each in its time, and are told in order.
import t from 'tap'
import { examine } from '../../../adapters/doctor/examine.js'
import { ok, unknown, warning, wrong, type Check } from '../../../adapters/doctor/finding.js'
import { reportJson, reportText, verdictOf } from '../../../adapters/doctor/report.js'
import { PluginError } from '../../../plugin/errors.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const check = (name: string, run: Check['run']): Check => ({ name, run })

t.test('one that does not end is given up; the others are told', async t => {
  const clock = createVirtualClock()
  const checks = [
    check('slow', () => new Promise(() => undefined)),
    check('quick', () => Promise.resolve([ok('It is well.')])),
  ]
  const reports = examine(checks, clock, 30_000)
  await new Promise(setImmediate)
  clock.advance(30_000)
  t.match(await reports, [
    { name: 'slow', findings: [{ verdict: 'unknown', words: /longer than 30 seconds/ }] },
    { name: 'quick', findings: [{ verdict: 'ok' }] },
  ])
})

t.test('none leaves a timer behind', async t => {
  const clock = createVirtualClock()
  await examine([check('quick', () => Promise.resolve([]))], clock)
  t.equal(clock.waiting, 0)
})

t.test('what is refused on purpose is a finding, a mistake of the program is not', async t => {
  const clock = createVirtualClock()
  const refused = check('refused', () =>
    Promise.reject(new PluginError('secret-missing', 'There is no file; make it.')),
  )
  t.match(await examine([refused], clock), [
    { findings: [{ verdict: 'wrong', words: 'There is no file; make it.', fix: null }] },
  ])
  await t.rejects(examine([check('broken', () => Promise.reject(new TypeError('oops')))], clock), TypeError)
})

t.test('the worst finding is the verdict', t => {
  const report = (...findings: Parameters<typeof verdictOf>[0][number]['findings']) => [
    { name: 'one', findings },
  ]
  t.equal(verdictOf(report(ok('a'), unknown('b'))), 'unknown')
  t.equal(verdictOf(report(ok('a'), warning('b', 'c'), unknown('d'))), 'warning')
  t.equal(verdictOf(report(wrong('a', null), warning('b', 'c'))), 'wrong')
  t.equal(verdictOf(report(ok('a'))), 'ok')
  t.end()
})

t.test('people and programs read the same', t => {
  const reports = [
    { name: 'files', findings: [wrong('It is open.', 'Run: chmod 600 it'), ok('All else is well.')] },
  ]
  t.equal(
    reportText(reports),
    'files\n  WRONG    It is open.\n           -> Run: chmod 600 it\n  ok       All else is well.\n',
  )
  t.same(JSON.parse(reportJson(reports)), { verdict: 'wrong', checks: reports })
  t.end()
})
