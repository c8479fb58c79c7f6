// What another server sent is refused in words that repeat nothing of it.
import { inspect } from 'node:util'
import t from 'tap'
import * as v from 'valibot'
import { PluginError } from '../../plugin/errors.js'
import { parseReceived } from '../../plugin/received.js'

const schema = v.strictObject({ link: v.pipe(v.string(), v.regex(/^[a-z]+$/)), number: v.number() })

t.test('a value of the shape comes through', async t => {
  t.same(parseReceived(schema, { link: 'abc', number: 1 }), { link: 'abc', number: 1 })
})

t.test('any other is refused without a word of what it held', async t => {
  for (const value of [
    null,
    'SECRET',
    { link: 'SECRET', number: 1 },
    { link: 'abc', number: 'x', other: 'SECRET' },
  ]) {
    try {
      parseReceived(schema, value)
      t.fail('it was taken')
    } catch (error) {
      t.ok(error instanceof PluginError && error.code === 'bad-format')
      t.notMatch(inspect(error), /SECRET/)
    }
  }
})
