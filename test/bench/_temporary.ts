// A folder for temporary files of a test's own, for what keeps something there from run to run.
import type { Test } from 'tap'
import { testFolder } from '../_folder.js'

/** Sets it for the whole process until the test ends. */
export function ownTemporaryFolder(t: Test): void {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = testFolder(t)
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
}
