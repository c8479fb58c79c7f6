// Writes the generated documents of the checkout; `npm run docs` starts it there.
import { writeFile } from 'node:fs/promises'
import { renderReference } from './config-reference.js'

await writeFile('docs/config.md', renderReference())
