// A stanza as text that no server can take for broken XML (XML 1.0 s2.2 Char, s2.3 Name).
import type { Element } from 'ltx'
import { isWithinShape, type ShapeLimits } from './stanza-guard.js'
import { childElements } from './xml.js'

const replacement = '\ufffd'
const illegal = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
const safeName = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/

function hasSafeNames(element: Element): boolean {
  return safeName.test(element.name) && Object.keys(element.attrs).every(name => safeName.test(name))
}

function allNamesSafe(stanza: Element): boolean {
  const waiting = [stanza]
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    if (!hasSafeNames(element)) return false
    waiting.push(...childElements(element))
  }
  return true
}

/**
 * Serialises a stanza; characters that XML can't carry become U+FFFD. Null where the stanza can't be sent at all: too
 * deep, too many nodes, or a name that is none.
 */
export function encodeStanza(stanza: Element, limits: ShapeLimits): string | null {
  if (!isWithinShape(stanza, limits) || !allNamesSafe(stanza)) return null
  return stanza.toString().replace(illegal, replacement)
}
