// Text with a signature around it, as people make it with their own programs (RFC 9580 s7).

const messageBegin = '-----BEGIN PGP SIGNED MESSAGE-----'
const signatureBegin = '\n-----BEGIN PGP SIGNATURE-----'

/**
 * The text as its signature covers it, lines ended by LF but the last; `null` where nothing is signed like that. The caller has
 * bounded the length.
 */
export function readSignedText(pasted: string): string | null {
  const text = pasted.replaceAll('\r\n', '\n')
  const begin = text.indexOf(messageBegin)
  const end = begin === -1 ? -1 : text.indexOf(signatureBegin, begin)
  const start = end === -1 ? -1 : text.indexOf('\n\n', begin)
  if (start === -1 || start + 2 > end) return null
  // RFC 9580 s7.1, s7.2: dashes are escaped, and white space at the end of a line is not signed.
  const lines = text.slice(start + 2, end).split('\n')
  return lines.map(line => line.replace(/^- /u, '').trimEnd()).join('\n')
}
