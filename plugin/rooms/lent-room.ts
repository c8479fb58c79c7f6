// One lent room as it is now: held at the host, a context while nothing is wrong with it and its owner wants it to speak.
import type { PluginError } from '../errors.js'
import type { LentContext, Mor, Pace } from '../mor/index.js'
import type { Carrier, ContextAddress, Domain, RoomChanged, RoomLink, RoomStore } from '../ports.js'
import { profiles } from '../profiles.js'
import type { Sealer } from '../sealer.js'
import { createNotices, type NoticeOptions } from './notices.js'
import { saveRecord, type RoomRecord } from './record.js'

export interface LentRoomOptions extends NoticeOptions {
  readonly link: RoomLink
  readonly carrier: Pick<Carrier, 'admitted' | 'expel'>
  readonly store: RoomStore
  readonly sealer: Sealer
  /** The group of the contexts. */
  readonly group: string
  readonly mor: () => Pick<Mor, 'lend'>
}

export interface LentRoom {
  readonly record: RoomRecord
  readonly lent: LentContext | null
  /** What is wrong, in words. */
  readonly trouble: string | null
  /** Begins to hold it; resolves when it is a context, or to what is wrong. */
  hold(): Promise<PluginError | null>
  /** Tries it at once where something is wrong; as `hold`. */
  retry(): Promise<PluginError | null>
  /** Keeps what its owner wants now, and does it. */
  change(record: Partial<RoomRecord>): Promise<void>
  /** Gives it back; nothing is kept. */
  giveBack(): Promise<void>
}

/** @param later runs something when nothing else is done with the room */
export function createLentRoom(
  options: LentRoomOptions,
  begun: RoomRecord,
  later: (run: () => Promise<void>) => void,
): LentRoom {
  const { link, mor } = options
  const { room } = begun
  let record = begun
  let lent: LentContext | null = null
  let trouble: string | null = 'it is not looked at yet'
  let over = false
  const notice = createNotices(options, room)
  const admits = (server: Domain): boolean => record.allowed.includes(server)
  const settle = async (): Promise<void> => {
    if (over) return
    if (trouble === null) lent ??= await mor().lend({ address: room, group: options.group, admits })
    lent?.speak(trouble === null && !record.paused ? paceOf(record) : null)
  }
  const changed: RoomChanged = (reason, owners) => {
    if (over) return
    trouble = reason?.message ?? null
    notice(reason, owners)
    later(settle)
  }
  return {
    ...createAttempts(options.link, room, changed),
    get record() {
      return record
    },
    get lent() {
      return lent
    },
    get trouble() {
      return trouble
    },
    async change(wanted) {
      const next = { ...record, ...wanted }
      await saveRecord(options, next)
      record = next
      await settle()
    },
    async giveBack() {
      over = true
      await lent?.close()
      await expelAll(options, record)
      await link.release(room, record.before)
      await options.store.removeRoom(room)
    },
  }
}

/** Each resolves to what comes of it next. */
function createAttempts(
  link: RoomLink,
  room: ContextAddress,
  changed: RoomChanged,
): Pick<LentRoom, 'hold' | 'retry'> {
  const waiting: ((reason: PluginError | null) => void)[] = []
  const outcome = (begin: () => void): Promise<PluginError | null> =>
    new Promise(resolve => {
      waiting.push(resolve)
      begin()
    })
  const came: RoomChanged = (reason, owners) => {
    changed(reason, owners)
    for (const tell of waiting.splice(0)) tell(reason)
  }
  return {
    hold: () =>
      outcome(() => {
        link.hold(room, came)
      }),
    retry: () =>
      outcome(() => {
        link.retry(room)
      }),
  }
}

export function paceOf({ profile, interval }: RoomRecord): Pace {
  return { ...profiles[profile], ...(interval !== null && { interval }) }
}

// Where the plugin may not do that any more, the room is not its concern either.
async function expelAll({ carrier, log }: LentRoomOptions, { room }: RoomRecord): Promise<void> {
  try {
    for (const listener of await carrier.admitted(room)) await carrier.expel(room, listener)
  } catch (error) {
    log.warn({ err: error }, 'Listeners could not be taken out of a room that is given back.')
  }
}
