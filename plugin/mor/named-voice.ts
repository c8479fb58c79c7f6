// Whose words are heard in a room: where its owners may speak as well, the speaker says under which name it is there (PROTO s7.5).
import type { Voice } from '../ports.js'

/** What the speaker said of itself. */
export interface NamedVoice {
  /** `null`: it was not there. */
  readonly name: string | null
  /** When it was asked, on the steady clock. */
  readonly asked: number
}

/**
 * Whether it is the speaker who says something. `unsure`: one with its name, but it was asked before he was seen there. As the
 * owner of a room can throw the speaker out and come under its name, it has to be asked again.
 */
export function judgeVoice(named: NamedVoice, { name, since }: Voice): 'speaker' | 'other' | 'unsure' {
  if (named.name !== name) return 'other'
  return named.asked > since ? 'speaker' : 'unsure'
}
