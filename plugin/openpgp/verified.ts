// Signatures that were found good, so that the same one costs a hash when it is met again: a key is looked at when it is
// offered, when it is certified, renewed and judged, and an Ed25519 check takes longer than all the rest of each of these.
import { hash } from 'node:crypto'

const mostYoung = 8192

// Two generations make forgetting cheap. What is remembered is true for ever, and nothing but good signatures gets in.
let young = new Set<string>()
let old = new Set<string>()

/** Gives `check()`, unless exactly these parts were good before; they must be all that it looks at. */
export function checkOnce(parts: readonly Buffer[], check: () => boolean): boolean {
  const name = nameOf(parts)
  if (young.has(name)) return true
  if (!old.has(name) && !check()) return false
  if (young.size >= mostYoung) [old, young] = [young, new Set()]
  young.add(name)
  return true
}

// With their lengths, so that no other parts make the same octets.
function nameOf(parts: readonly Buffer[]): string {
  const lengths = Buffer.allocUnsafe(4 * parts.length)
  for (const [at, part] of parts.entries()) lengths.writeUInt32BE(part.length, 4 * at)
  return hash('sha256', Buffer.concat([lengths, ...parts]), 'binary')
}
