// The laboratory's Erlang by itself: many processes in it ask for addresses at the same time, from its first moment on.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { testFolder } from '../_folder.js'
import { ensureDebian } from './debian-packages.js'
import { inetConfig } from './ejabberd-config.js'
import { ejabberdPackages } from './ejabberd.js'
import { erlangOf } from './erlang.js'

const run = promisify(execFile)

const askers = 8

// They are made first and then let go, so that they ask at once; how many were answered is printed.
const allAtOnce = `
  Here = self(),
  Ask = fun() -> receive go -> Here ! net:getaddrinfo("p3do.a.example", "5269") end end,
  Askers = [spawn(Ask) || _ <- lists:seq(1, ${String(askers)})],
  [Asker ! go || Asker <- Askers],
  Answers = [receive Answer -> Answer end || _ <- Askers],
  io:format("~p", [length([found || {ok, [_ | _]} <- Answers])]),
  halt().`

t.test('the first who ask for addresses do so at the same time, and each is answered', async t => {
  const folder = testFolder(t)
  await writeFile(join(folder, 'hosts'), '127.0.0.9 a.example p3do.a.example\n')
  await writeFile(join(folder, 'inetrc'), inetConfig)
  const { command, env, evaluating } = await erlangOf(await ensureDebian(ejabberdPackages), folder)
  for (let start = 0; start < 8; start++) {
    const { stdout } = await run(command, evaluating(allAtOnce), { cwd: folder, env })
    t.equal(stdout, String(askers))
  }
})
