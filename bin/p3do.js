#!/usr/bin/env node
// Starts the compiled program.
import { existsSync } from 'node:fs'

const program = new URL('../dist/adapters/cli/main.js', import.meta.url)
if (existsSync(program)) await import(program)
else {
  process.stderr.write('p3do is not built yet; run: npm ci && npm run build\n')
  process.exitCode = 1
}
