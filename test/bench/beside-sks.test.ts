// The benchmark beside another key server, on a small ring: both have the certificates.
import t from 'tap'
import { benchBesideSks } from './beside-sks.js'
import { ownTemporaryFolder } from './_temporary.js'

t.test('sks gives the same certificates', async t => {
  ownTemporaryFolder(t)
  const [row, ...others] = await benchBesideSks({ rounds: 1, slice: 1, certificates: 10 })
  t.strictSame(others, [])
  t.match(row, { name: 'look-ups, a connection for each', against: 'sks 1.1.6', goal: null })
  t.ok(row && row.value > 0 && row.ratio !== null && row.ratio > 0)
})
