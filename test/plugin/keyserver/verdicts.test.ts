// Verdicts are remembered for a minute, and no longer than the certificate stays as it is.
import t from 'tap'
import { remembered } from '../../../plugin/keyserver/verdicts.js'
import { aliceAddress, createKeyServers } from '../../_key-servers.js'

t.test(
  'a verdict is asked once a minute, and again when the certificate changes or asking failed',
  async t => {
    const { a, clock, entry } = await createKeyServers()
    let asked = 0
    let fails = false
    const doubt = remembered(item => {
      asked++
      return fails ? Promise.reject(new Error('The thread ended.')) : a.directory.doubt(item)
    }, clock)
    const alice = await entry('user', aliceAddress)
    t.strictSame(await Promise.all([doubt(alice), doubt(alice)]), [null, null])
    t.equal(asked, 1)
    await doubt({ ...alice, changed: alice.changed + 1 })
    t.equal(asked, 2)
    clock.advance(60_000)
    fails = true
    await t.rejects(doubt(alice))
    fails = false
    t.equal(await doubt(alice), null)
    t.equal(asked, 4)
  },
)
