// The data of records that are compared as they are (RFC 3597 s3).
import type dnsPacket from 'dns-packet'
import type { Ask } from './exchange.js'

// The library's names; a type that it has none for goes by its number (RFC 7929 s2.3).
const libraryName = { CERT: 'CERT', OPENPGPKEY: 'UNKNOWN_61', SRV: 'SRV' } as const

/** The data of all records of a name and a type. Rejects where there is no good answer in time. */
export async function queryOctets(ask: Ask, name: string, type: keyof typeof libraryName): Promise<Buffer[]> {
  const wanted = libraryName[type]
  const { packet } = await ask(name, wanted)
  return (packet.answers ?? []).flatMap(record => {
    if (record.type === 'SRV') return [serviceOctets(record.data)]
    // The typings know fewer types than the library gives.
    const isWanted = (record.type as string) === wanted
    return isWanted && 'data' in record && Buffer.isBuffer(record.data) ? [record.data] : []
  })
}

// RFC 2782; the library takes this type apart.
function serviceOctets({ priority = 0, weight = 0, port, target }: dnsPacket.SrvData): Buffer {
  const numbers = Buffer.alloc(6)
  for (const [index, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, index * 2)
  const labels = target.split('.').map(label => Buffer.from(label, 'latin1'))
  return Buffer.concat([numbers, ...labels.flatMap(label => [Buffer.of(label.length), label]), Buffer.of(0)])
}
