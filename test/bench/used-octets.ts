// How much memory is in use in this process, without what the collector has not come to yet.

/** Octets inside and outside of the engine's heap, once everything that nobody needs is gone. @throws Error without `node --expose-gc` */
export async function usedOctets(): Promise<number> {
  // What OpenSSL holds is given back after the first collection only.
  for (let collection = 0; collection < 3; collection++) {
    if (!globalThis.gc) throw new Error('Memory is measured with node --expose-gc only.')
    globalThis.gc()
    await new Promise(resolve => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
