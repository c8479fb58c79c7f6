#!/usr/bin/env node
// Runs a command of the checkout on a machine where nothing is installed yet: `node bin/bootstrap.js test|faults|fuzz|demo|bench`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const local = program => join(root, 'node_modules', '.bin', program)
const build = [local('tsc')]

const commands = {
  test: args => [build, [process.execPath, '--enable-source-maps', 'dist/test/run.js', ...args]],
  faults: args => [build, [process.execPath, '--expose-gc', 'dist/test/faults/main.js', ...args]],
  fuzz: args => [build, [process.execPath, '--expose-gc', 'dist/test/fuzz/main.js', ...args]],
  demo: args => [build, [process.execPath, 'dist/test/lab/demo.js', ...args]],
  bench: args => [build, [process.execPath, '--expose-gc', 'dist/test/bench/main.js', ...args]],
}

const [name = '', ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) fail(`Usage: node bin/bootstrap.js ${Object.keys(commands).join('|')} [arguments]`)
if (!installed()) install()
// A test that was taken out is not to be run any more.
if (name === 'test') rmSync(join(root, 'dist', 'test'), { recursive: true, force: true })
for (const [program, ...rest] of command(args)) {
  const code = await run(program, rest)
  if (code !== 0) process.exit(code)
}

// Contents and not times are compared: a fresh checkout of the same lock file changes nothing.
function installed() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(marker)) return false
  const have = packagesOf(marker)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, wanted]) => path === '' || wanted.optional || have[path]?.version === wanted.version,
  )
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

function install() {
  process.stdout.write('Installing npm packages; compiling sqlite3 may take two minutes ...\n')
  if (npmInstall()) return
  const missing = ['python3', 'make', 'g++'].filter(
    tool => spawnSync(tool, ['--version']).error !== undefined,
  )
  if (missing.length === 0) fail('npm ci failed; its last lines above say why.')
  const packages = missing.join(' ')
  if (process.getuid?.() !== 0) fail(`sqlite3 has to be compiled here. As root: apt-get install ${packages}`)
  if (!aptInstall(missing) || !npmInstall())
    fail(`Installing failed; try by hand: apt-get install ${packages} && npm ci`)
}

// Where node's own headers are beside it, node-gyp need not fetch them.
function npmInstall() {
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {}
  return succeeds('npm', ['ci'], { ...headers, ...process.env })
}

function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  succeeds('apt-get', ['update', '-q'], env)
  return succeeds('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], env)
}

function succeeds(program, args, env) {
  return spawnSync(program, args, { cwd: root, env, stdio: 'inherit' }).status === 0
}

// A signal goes on to the child, which cleans up, and its end is ours.
function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' })
  const pass = signal => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      process.off('SIGINT', pass).off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
