// What an input led to inside a server that says nothing: the counters that it moved.

type Counts = Readonly<Record<string, number>>

// These go on by themselves.
const always = /cover|^cells|spoken|heard/u

/** Their names, one after the other. */
export function changedCounters(before: Counts, after: Counts): string {
  const changed = Object.keys(after).filter(name => after[name] !== before[name] && !always.test(name))
  return changed.join(', ')
}
