// The promise of a start, which is settled from elsewhere, once.

export interface PendingStart {
  begin(): Promise<void>
  succeed(): void
  /** Whether somebody was waiting. */
  fail(reason: Error): boolean
}

/** For `createLink`. */
export function createPendingStart(): PendingStart {
  let waiting: { resolve(): void; reject(reason: Error): void } | null = null

  function take(): typeof waiting {
    const taken = waiting
    waiting = null
    return taken
  }

  return {
    begin: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
      }),
    succeed: () => take()?.resolve(),
    fail: reason => {
      const taken = take()
      taken?.reject(reason)
      return taken !== null
    },
  }
}
