// The table of commands: who sees which, how many words each takes, and that nothing else is one.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { keyCommands, peerCommands } from '../../../plugin/commands/index.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import type { Explainer } from '../../../plugin/pki/index.js'
import { root, tableOf } from './_table.js'

const alice = parseUserAddress('alice@a.example')
const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)

const nobody: Explainer = {
  entry: () => Promise.reject(new Error('it was called')),
  name: name =>
    Promise.resolve({ fingerprint: null, trusted: false, words: `${name}: no key is known here.` }),
}

function make() {
  const logged: object[] = []
  const never = () => Promise.reject(new Error('it was called'))
  const keys = keyCommands({ keyOf: () => Promise.resolve(fingerprint), explainer: nobody, exportKey: never })
  const peers = peerCommands({
    peers: { list: () => [], add: never, remove: never },
    directory: { approve: never, reject: never, suspensions: { of: never } },
    federation: { lookNow: () => undefined },
  })
  return { logged, ...tableOf([...keys, ...peers], logged) }
}

t.test('help names every command of the asker and how to write to a contact', async t => {
  const { chat } = make()
  for (const text of ['help', '/help', ' HELP ', 'Help me']) {
    const answer = await chat(alice, text)
    t.match(answer, /help \[anything\.\.\.\]: .*\n/)
    t.match(answer, /\nkey \[address-or-domain\]: /)
    t.notMatch(answer, /peers/)
    t.ok(answer?.includes('bob\\40b.example@p3do.a.example'))
  }
  t.match(await chat(root, 'help'), /\npeers list: /)
})

t.test('key tells the fingerprint as other programs show it', async t => {
  t.ok((await make().chat(alice, 'key'))?.includes('AB'.repeat(20)))
})

t.test('for all but admins a command for admins does not exist', async t => {
  const { chat } = make()
  t.equal(await chat(root, '/Peers LIST'), 'There are no peers.')
  for (const text of ['peers list', '/peers list', 'peers', 'peers nonsense'])
    t.equal(await chat(alice, text), null, text)
})

t.test('the word of a family alone lists its commands', async t => {
  const { chat } = make()
  for (const text of ['peers', '/peers nonsense']) t.match(await chat(root, text), /^peers list: /, text)
})

t.test('too few and too many words are refused with the usage', async t => {
  const { chat, operate } = make()
  const refusal = { code: 'command-invalid', message: /Write it like this: peers list \(/ }
  await t.rejects(chat(root, 'peers list all'), refusal)
  await t.rejects(operate(['peers', 'list', 'all']), refusal)
})

t.test('the command line has the commands for admins, and no other', async t => {
  const { operate, logged } = make()
  t.equal(await operate(['peers', 'list']), 'There are no peers.')
  t.same(logged, [{ command: 'peers list', in: 'terminal' }])
  for (const words of [[], ['key'], ['help'], ['peers'], ['toString'], ['__proto__', '']])
    await t.rejects(operate(words), { code: 'command-invalid', message: /no such command/ }, words.join(' '))
})

t.test('any other text is no command, also one that names what every object has', async t => {
  const { chat } = make()
  const texts = [
    '',
    '/',
    'hello',
    'keys',
    '/unknown',
    'constructor',
    '/toString',
    '__proto__',
    '/hasOwnProperty x',
  ]
  for (const text of texts) t.equal(await chat(root, text), null, JSON.stringify(text))
})
