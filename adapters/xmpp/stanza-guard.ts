// Limits on a stanza's shape, walked without recursion, because ltx recurses without a limit (RFC 6120 s13.12).
import type { Element } from 'ltx'
import { attribute, childElements, streamNamespace } from './xml.js'

/** How deep and how large a stanza may be. */
export interface ShapeLimits {
  /** Levels of elements, the stanza itself being the first. */
  readonly depth: number
  /** Elements, texts and attributes together. */
  readonly nodes: number
}

export const defaultShape: ShapeLimits = { depth: 32, nodes: 2000 }

const stanzaNames: ReadonlySet<string> = new Set(['iq', 'message', 'presence'])

/** Whether this is a stanza of the stream's own namespace (RFC 6120 s8). */
export function isStanza(element: Element): boolean {
  return stanzaNames.has(element.name) && (attribute(element, 'xmlns') ?? streamNamespace) === streamNamespace
}

/** Whether an element keeps within the limits. Safe for elements of any shape. */
export function isWithinShape(stanza: Element, limits: ShapeLimits): boolean {
  let nodes = 0
  let level = [stanza]
  for (let depth = 1; level.length > 0; depth++) {
    for (const element of level) nodes += 1 + element.children.length + Object.keys(element.attrs).length
    if (depth > limits.depth || nodes > limits.nodes) return false
    level = level.flatMap(childElements)
  }
  return true
}
