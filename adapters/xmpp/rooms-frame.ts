// The frame in a groupchat message: one `<cell>` with text, or nothing that concerns us.
import type { Element } from 'ltx'
import { cellNamespace } from './rooms-stanzas.js'
import { attribute, childElements } from './xml.js'

// Characters of a frame; the Carrier port allows no more.
const longestFrame = 16_384

/** Reads the frame out of a groupchat message, or returns null where it isn't exactly one. */
export function readFrame(message: Element): string | null {
  const cells = childElements(message).filter(child => child.name === 'cell')
  const [cell] = cells
  if (!cell || cells.length > 1 || attribute(cell, 'xmlns') !== cellNamespace) return null
  if (childElements(cell).length > 0) return null
  const text = cell.getText()
  return text.length > 0 && text.length <= longestFrame ? text : null
}

/** Whether it only tells the room's subject, as a room does after each join (XEP-0045 s7.2.15). */
export function isSubject(message: Element): boolean {
  return message.getChild('subject') !== undefined && message.getChild('body') === undefined
}
