// One worker thread for the plugin's slow work.
import { Worker } from 'node:worker_threads'
import { PluginError } from '../../plugin/errors.js'
import type { Jobs, Work } from '../../plugin/work.js'
import { revive, type Done, type Task } from './messages.js'

export interface WorkThread extends Work {
  stop(): Promise<void>
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

// More than the cells of a minute can bring; what comes on top is refused, not kept.
const mostWaiting = 4096

/**
 * Starts the thread. It does not keep the process alive. A thread that dies fails what waits; the next work starts another,
 * so that one that can't live is not started again and again.
 */
export function startWorkThread(): WorkThread {
  const waiting = new Map<number, Waiting>()
  let next = 0
  let stopped = false
  let thread: Worker | null = spawn()

  function spawn(): Worker {
    const worker = new Worker(new URL('./thread.js', import.meta.url))
    worker.unref()
    worker.on('message', (done: Done) => {
      const task = waiting.get(done.id)
      waiting.delete(done.id)
      if ('result' in done) task?.resolve(revive(done.result))
      else task?.reject(rebuild(done))
    })
    // Without a listener an error of the thread would end the process; `exit` follows it.
    worker.on('error', () => undefined)
    worker.on('exit', () => {
      for (const { reject } of waiting.values())
        reject(new PluginError('internal', 'The worker thread ended.'))
      waiting.clear()
      thread = null
    })
    return worker
  }

  return {
    run: ((name: keyof Jobs, ...job: unknown[]) => {
      if (stopped) return Promise.reject(new PluginError('internal', 'The worker thread is stopped.'))
      if (waiting.size >= mostWaiting) {
        return Promise.reject(new PluginError('queue-full', 'Too much is going on. Try again in a minute.'))
      }
      const worker = (thread ??= spawn())
      return new Promise<unknown>((resolve, reject) => {
        waiting.set(++next, { resolve, reject })
        worker.postMessage({ id: next, name, job } satisfies Task)
      })
    }) as Work['run'],
    async stop() {
      stopped = true
      await thread?.terminate()
    },
  }
}

function rebuild({ code, message }: Extract<Done, { message: string }>): Error {
  return code === null ? new Error(message) : new PluginError(code, message)
}
