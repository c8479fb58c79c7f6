// Errors that reach nobody: in a promise that is not waited for, or in the call of a socket. They would end the plugin.

const events = ['unhandledRejection', 'uncaughtException'] as const

export interface StrayErrors {
  /** @throws what was thrown where nobody caught it, since the watch began */
  ensureNone(): void
  stop(): void
}

/** Begins to watch; such an error does not end this process as long as it is watched for. */
export function watchStray(): StrayErrors {
  const seen: unknown[] = []
  const see = (error: unknown): void => void seen.push(error)
  for (const event of events) process.on(event, see)
  return {
    ensureNone() {
      if (seen.length > 0) throw seen[0]
    },
    stop() {
      for (const event of events) process.off(event, see)
    },
  }
}
