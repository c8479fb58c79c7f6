// Every command that there is, in both fronts: what is wrong with a word is told with the name of its field and the fix, in chat as in a form.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { CommandField, OfferedCommand } from '../../../plugin/ports.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'

const root = parseUserAddress('root@a.example')
const lab = await startMemoryServers({ names: ['a'], admins: [root] })
t.teardown(() => lab.stop())
const [a] = lab.servers as [MemoryServer]
const offered = a.host.desk().offered(root)

const good: Readonly<Record<string, string>> = {
  domain: 'b.example',
  server: 'b.example',
  room: 'ops@conference.a.example',
}
const wrongs: Readonly<Record<string, string>> = {
  address: 'alice@a.example/phone',
  user: 'alice',
  domain: 'not_a_domain',
  server: 'bob@b.example',
  fingerprint: '04ab',
}
const fixes =
  /: (?:.*write it like |.*write 04 and the 40 hex digits|choose one of |write --json or nothing|answer true or false)/u

function wrongFor({ name, kind }: CommandField): string | null {
  // In several words it is judged as a whole, by the command.
  if (name === 'fingerprint' && kind === 'words') return null
  return kind === 'choice' || kind === 'flag' ? 'nonsense' : (wrongs[name] ?? null)
}

function goodFor({ name, choices }: CommandField): string {
  return choices[0] ?? good[name] ?? 'word'
}

/** Ways to get one word of a command wrong: the words before it are right. */
function mistakes(command: OfferedCommand) {
  const fields = command.fields.filter(({ kind }) => kind !== 'secret' && kind !== 'secret-lines')
  return fields.flatMap((field, at) => {
    const wrong = wrongFor(field)
    const before = fields.slice(0, at).map(goodFor)
    const behind = fields.slice(at + 1).filter(({ required }) => required)
    return wrong === null ? [] : [{ field, fields, words: [...before, wrong, ...behind.map(goodFor)] }]
  })
}

/** What both fronts answer to words, where they refuse them. */
async function answers(command: OfferedCommand, fields: readonly CommandField[], words: readonly string[]) {
  const filled = new Map(words.map((word, at) => [fields[at]?.name ?? '', [word]]))
  const refusal = (said: Promise<unknown>): Promise<string> =>
    said.then(
      () => 'done',
      (error: unknown) => (error as Error).message,
    )
  return {
    chat: await refusal(lab.elapse(a.say(root, null, `${command.name} ${words.join(' ')}`))),
    form: await refusal(lab.elapse(a.host.desk().run(root, command, filled))),
  }
}

t.test('a word that can not be is refused in chat and in a form, with its field and the fix', async t => {
  const all = offered.flatMap(command => mistakes(command).map(mistake => ({ command, ...mistake })))
  t.ok(all.length >= 16, `${String(all.length)} mistakes`)
  for (const { command, field, fields, words } of all) {
    const what = `${command.name} ${words.join(' ')}`
    for (const [front, answer] of Object.entries(await answers(command, fields, words))) {
      t.ok(answer.startsWith(`${field.label}: `), `${front}: ${what}: ${answer}`)
      t.match(answer, fixes, `${front}: ${what}`)
    }
  }
})

t.test('choices are taken in any case where they are written', async t => {
  await lab.elapse(a.say(root, null, 'Log Level INFO'))
  t.match(a.shown.at(-1)?.body, /weighs info or more/)
})

t.test('every command has a title and a help that is one sentence, and is in the help in chat', async t => {
  await lab.elapse(a.say(root, null, 'help'))
  const help = a.shown.at(-1)?.body.split('\n') ?? []
  for (const { name, title, help: text } of offered) {
    t.match(title, /^[A-Z]/u, name)
    t.match(text, /^[^\n]*[^.\n]$/u, name)
    t.ok(
      help.some(line => line.startsWith(name) && line.endsWith(`: ${text}`)),
      name,
    )
  }
})
