// The snippet of `p3do init`, read by Prosody's own configuration parser beside the configuration that Debian ships.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { prosodySnippet } from '../../adapters/cli/prosody-snippet.js'
import { parseConfig } from '../../plugin/config.js'
import { debianEnvironment, ensureDebian } from '../lab/debian-packages.js'

const run = promisify(execFile)

// Prints options as `host option value`; limits as the two rates.
const reader = `
prosody = { paths = { config = "." }, platform = "posix" }
local config = require "core.configmanager"
local loaded, where, why = config.load("./prosody.cfg.lua", "lua")
if not loaded then error(where .. ": " .. tostring(why)) end
for _, option in ipairs { "component_module", "component_secret", "component_conflict_resolve", "name" } do
	print("component", option, config.get("p3do.a.example", option))
end
local modules = config.get("p3do.a.example", "modules_enabled")
print("component", "modules", modules[1], modules[2], config.get("p3do.a.example", "p3do_hosts")[1])
print("clients", "verify", config.get("a.example", "c2s_ssl").verify[1])
print("rooms", "component_module", config.get("conference.a.example", "component_module"))
print("rooms", "name", config.get("conference.a.example", "name"))
local limits = config.get("*", "limits")
print("limits", limits.c2s.rate, limits.s2sin.rate)
`

const shipped = `
limits = { c2s = { rate = "10kb/s" }; s2sin = { rate = "30kb/s" } }
VirtualHost "a.example"
Component "conference.a.example" "muc"
	name = "Rooms of before"
Include "p3do.cfg.lua"
`

async function readByProsody(t: Test, profile: string): Promise<string> {
  const config = parseConfig({ server: { domain: 'a.example' }, mor: { profile } }, {})
  const files = { 'prosody.cfg.lua': shipped, 'p3do.cfg.lua': prosodySnippet(config, 'not-a-real-secret') }
  const cwd = t.testdir({ ...files, 'reader.lua': reader })
  const root = await ensureDebian()
  const env = await debianEnvironment(root)
  const library = join(root, 'usr/lib/prosody')
  const { stdout } = await run(join(root, 'usr/bin/lua5.4'), ['reader.lua'], {
    cwd,
    env: {
      ...env,
      LUA_PATH: `${library}/?.lua;${env['LUA_PATH'] ?? ''}`,
      LUA_CPATH: `${library}/?.so;${env['LUA_CPATH'] ?? ''}`,
    },
  })
  return stdout
}

t.test('Prosody finds the component, and the rooms of before unchanged', async t => {
  const read = await readByProsody(t, 'default')
  t.match(read, 'component\tcomponent_secret\tnot-a-real-secret\n')
  t.match(read, 'component\tcomponent_conflict_resolve\tkick_old\n')
  t.match(read, 'component\tcomponent_module\tcomponent\n')
  t.match(read, 'component\tmodules\tp3do\tp3do_visit\ta.example\n')
  t.match(read, 'clients\tverify\tpeer\n')
  t.match(read, 'rooms\tcomponent_module\tmuc\n')
  t.match(read, 'rooms\tname\tRooms of before\n')
})

t.test('the limits change for the profile fast only', async t => {
  t.match(await readByProsody(t, 'default'), 'limits\t10kb/s\t30kb/s\n')
  t.match(await readByProsody(t, 'fast'), 'limits\t10kb/s\t300kb/s\n')
})
