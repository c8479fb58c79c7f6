// Tells the service manager how the program is (sd_notify(3)). Node.js makes no datagram socket of the Unix domain, so
// systemd-notify(1) says it; the unit has NotifyAccess=all.
import { execFile } from 'node:child_process'
import type { Environment } from '../plugin/config.js'
import type { Cancel, Clock, Log } from '../plugin/ports.js'

export interface ServiceManager {
  /** The plugin has joined; from now on the manager is told regularly that it lives. */
  ready(): void
  /** The plugin ends; resolves when the manager knows. */
  stopping(): Promise<void>
}

export interface ServiceManagerOptions {
  /** With `NOTIFY_SOCKET` and `WATCHDOG_USEC`, where a manager wants to know. */
  readonly env: Environment
  readonly clock: Pick<Clock, 'after'>
  readonly log: Log
}

const nobody: ServiceManager = { ready: () => undefined, stopping: () => Promise.resolve() }

/** For `p3do run`. Without a manager that listens, everything does nothing. */
export function serviceManagerOf({ env, clock, log }: ServiceManagerOptions): ServiceManager {
  const socket = env['NOTIFY_SOCKET']
  if (socket === undefined || socket === '') return nobody
  const say = (...words: string[]): Promise<void> => tell(socket, words, log)
  const interval = watchdogInterval(env)
  let cancel: Cancel = () => undefined
  const live = (): void => {
    if (interval === null) return
    // A program that hangs does not come here, and is started again.
    cancel = clock.after(interval, () => {
      void say('WATCHDOG=1')
      live()
    })
  }
  return {
    ready() {
      void say('READY=1', 'STATUS=Joined: contexts are open.')
      live()
    },
    stopping() {
      cancel()
      return say('STOPPING=1')
    },
  }
}

// sd_watchdog_enabled(3): twice in the time would do; three times, since one of them may be late.
function watchdogInterval(env: Environment): number | null {
  const microseconds = Number(env['WATCHDOG_USEC'] ?? '')
  const isOurs = [undefined, String(process.pid)].includes(env['WATCHDOG_PID'])
  return isOurs && microseconds > 0 ? microseconds / 3000 : null
}

function tell(socket: string, words: readonly string[], log: Log): Promise<void> {
  return new Promise(resolve => {
    const environment = { ...process.env, NOTIFY_SOCKET: socket }
    execFile('systemd-notify', [...words], { env: environment, timeout: 10_000 }, error => {
      if (error) log.warn({ error }, 'The service manager was not told; systemd-notify(1) must be there.')
      resolve()
    })
  })
}
