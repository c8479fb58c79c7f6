// The worker thread itself: one job after the other.
import { parentPort } from 'node:worker_threads'
import { PluginError } from '../../plugin/errors.js'
import { runJob, type Jobs } from '../../plugin/work.js'
import { revive, type Done, type Task } from './messages.js'

parentPort?.on('message', (task: Task) => {
  void perform(task).then(done => parentPort?.postMessage(done))
})

async function perform({ id, name, job }: Task): Promise<Done> {
  try {
    return { id, result: await runJob(name, ...(job.map(revive) as Parameters<Jobs[typeof name]>)) }
  } catch (error) {
    const code = error instanceof PluginError ? error.code : null
    return { id, code, message: error instanceof Error ? error.message : 'A job failed.' }
  }
}
