// Which earlier message one corrects (XEP-0308).
import type { Element } from 'ltx'
import { attribute, xml } from './xml.js'

const correct = 'urn:xmpp:message-correct:0'

/** By the id that its sender gave it; null where it corrects none. */
export function parseCorrection(message: Element): string | null {
  const replace = message.getChild('replace', correct)
  return (replace && attribute(replace, 'id')) ?? null
}

/** The elements that say it. */
export function correctionChildren(id: string | undefined): Element[] {
  return id === undefined ? [] : [xml('replace', { xmlns: correct, id })]
}
