// A test's own folder. tap removes it before the teardowns when it is made before the first of them is registered;
// what still runs then writes into a folder that is just removed.
import type { Test } from 'tap'

type Content = Parameters<Test['testdir']>[0]

/** Makes the folder; it is removed after all teardowns, also those that are registered later. */
export function testFolder(t: Test, content?: Content): string {
  t.teardown(() => undefined)
  t.parser.on('assert', sayWhatFailed)
  return t.testdir(content)
}

// What fails before the first test is lost otherwise: its process may end before tap has handed it over.
function sayWhatFailed(result: { ok: boolean; name: string; diag: { stack?: string } | null }): void {
  if (!result.ok) process.stderr.write(`Failed: ${result.name}\n${result.diag?.stack ?? ''}\n`)
}
