// What becomes of cells on their way to each listener: lost, heard twice, late, or heard as they were spoken.
import type { Chance } from './chance.js'
import type { Fault } from './fault.js'

type Disturbance = Extract<Fault, { readonly kind: 'loss' | 'repeats' | 'delays' }>

export interface Passage {
  begin(fault: Disturbance): void
  end(fault: Disturbance): void
  /** Of one frame: how much later it is heard, milliseconds, each time that it is. */
  next(): readonly number[]
}

const longestDelay = 3000

export function createPassage(chance: Chance): Passage {
  const disturbances = new Set<Disturbance>()
  const hits = (kind: Disturbance['kind']): boolean =>
    [...disturbances].some(fault => fault.kind === kind && chance.fraction() < fault.share)
  return {
    begin: fault => void disturbances.add(fault),
    end: fault => void disturbances.delete(fault),
    next() {
      if (disturbances.size === 0) return [0]
      if (hits('loss')) return []
      const late = hits('delays') ? chance.below(longestDelay) : 0
      return hits('repeats') ? [late, chance.below(longestDelay)] : [late]
    },
  }
}
