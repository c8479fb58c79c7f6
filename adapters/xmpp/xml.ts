// Reading what ltx leaves untyped: attributes, child elements, texts, the stream's own namespace (XEP-0114).
import { createElement, type Element, type Node } from 'ltx'

/** Namespace of a component's stream, and so of its stanzas and their unnamed children. */
export const streamNamespace = 'jabber:component:accept'

/** Builds an element; an absent attribute may be given as undefined. */
export function xml(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: Node[]
): Element {
  return createElement(name, { ...attributes }, ...children)
}

/** An attribute's value, or undefined where it is absent. */
export function attribute(element: Element, name: string): string | undefined {
  const value: unknown = element.attrs[name]
  return typeof value === 'string' ? value : undefined
}

/** The child elements without the texts; unlike ltx's own it takes elements of both builds of ltx. */
export function childElements(element: Element): Element[] {
  return element.children.filter((child): child is Element => typeof child === 'object')
}

/** The text of the first such child, or null. Only for stanzas that passed the guard: it looks up namespaces. */
export function childText(element: Element, name: string, xmlns: string): string | null {
  return element.getChild(name, xmlns)?.getText() ?? null
}
