// Leaves out of an input whatever it does not need to break its parser, so that a person can read it.

const mostTries = 300

/** The shortest input that was found of which the same is true. */
export async function shrink(input: Buffer, isSame: (shorter: Buffer) => Promise<boolean>): Promise<Buffer> {
  let [shortest, tries] = [input, 0]
  for (let piece = input.length >> 1; piece > 0; piece >>= 1) {
    for (let at = 0; at < shortest.length && tries < mostTries; tries++) {
      const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + piece)])
      if (await isSame(shorter)) shortest = shorter
      else at += piece
    }
  }
  return shortest
}
