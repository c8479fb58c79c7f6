// HTML from templates in which every value is escaped.

/** A piece of HTML; only `html` makes it. */
export interface Html {
  readonly html: string
}

/** A template: texts and numbers in it are escaped, pieces and lists of pieces stand as they are. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const written = values.map(value => {
    if (typeof value === 'string' || typeof value === 'number') return escape(String(value))
    return 'html' in value ? value.html : value.map(piece => piece.html).join('')
  })
  return { html: String.raw({ raw: parts }, ...written) }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, found => entities[found] ?? '')
}
