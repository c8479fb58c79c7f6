// Chromium without a window, as people's browser: Debian's package, unpacked, driven over a pipe (Chrome DevTools Protocol).
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { debianEnvironment, ensureDebian } from './lab/debian-packages.js'

type Fields = Readonly<Record<string, unknown>>

export interface Chromium {
  /** Where it puts what is downloaded. */
  readonly downloads: string
  open(url: string): Promise<void>
  /** Clicks on the first element that a CSS selector finds; resolves when the next page is there, or the download. */
  click(selector: string): Promise<void>
  /** Types into the first element that a selector finds, and the Enter key; resolves when the next page is there. */
  enter(selector: string, text: string): Promise<void>
  /** The page as it is now, as HTML. */
  html(): Promise<string>
  /** Makes the page that many pixels wide; resolves to how wide what is on it becomes. */
  widthAt(width: number): Promise<number>
  stop(): Promise<void>
}

/** Starts it with scripts switched off for its one page. */
export async function startChromium(): Promise<Chromium> {
  const root = await ensureDebian(['chromium', 'fonts-liberation'])
  const home = await mkdtemp(join(tmpdir(), 'chromium-'))
  const fonts = join(home, 'fonts.conf')
  await writeFile(
    fonts,
    `<fontconfig><dir>${join(root, 'usr/share/fonts')}</dir><cachedir>${home}</cachedir>
      <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
      <alias><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias></fontconfig>`,
  )
  const { LD_LIBRARY_PATH: libraries = '' } = await debianEnvironment(root)
  // One of them keeps a part of itself in a folder of its own.
  const LD_LIBRARY_PATH = [libraries, ...libraries.split(':').map(path => join(path, 'pulseaudio'))].join(':')
  const env = { ...process.env, LD_LIBRARY_PATH, HOME: home, FONTCONFIG_FILE: fonts }
  const program = join(root, 'usr/lib/chromium/chromium')
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  const own = ['--remote-debugging-pipe', `--user-data-dir=${join(home, 'profile')}`, 'about:blank']
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...options, ...own], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const pipe = createPipe(child.stdio[3] as Writable, child.stdio[4] as Readable, ended)
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    // Its helpers end a moment after it, and write until then.
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  try {
    return { ...(await drive(pipe, home)), downloads: home, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Pipe {
  send(method: string, params?: Fields, sessionId?: string): Promise<Fields>
  readonly events: EventEmitter
}

// Each message is JSON with a zero octet behind it.
function createPipe(to: Writable, from: Readable, ended: Promise<unknown>): Pipe {
  const events = new EventEmitter()
  const waiting = new Map<number, (answer: Fields) => void>()
  let [number, rest] = [0, '']
  // What fails here fails because it has ended, which is told below.
  for (const stream of [to, from]) stream.on('error', () => undefined)
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const { id, method, params, ...answer } = JSON.parse(message) as Fields
      if (typeof id === 'number') waiting.get(id)?.(answer)
      else events.emit(String(method), params)
    }
  })
  const gone = ended.then(() => {
    throw new Error('Chromium ended by itself.')
  })
  gone.catch(() => undefined)
  return {
    events,
    async send(method, params = {}, sessionId) {
      const id = ++number
      const answer = new Promise<Fields>(resolve => waiting.set(id, resolve))
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      const { result, error } = await Promise.race([answer, gone])
      waiting.delete(id)
      if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
      return result as Fields
    },
  }
}

async function drive({ send, events }: Pipe, home: string): Promise<Omit<Chromium, 'downloads' | 'stop'>> {
  // A page of our own: whether there is one already when it answers for the first time is a matter of luck.
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const attached = await send('Target.attachToTarget', { targetId, flatten: true })
  const tell = (method: string, params?: Fields) => send(method, params, attached['sessionId'] as string)
  await tell('Page.enable')
  await tell('Emulation.setScriptExecutionDisabled', { value: true })
  await send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: home, eventsEnabled: true })
  const arrival = (): Promise<void> =>
    new Promise(resolve => {
      events.once('Page.loadEventFired', () => {
        resolve()
      })
      events.on('Browser.downloadProgress', ({ state }: { state: string }) => {
        if (state === 'completed') resolve()
      })
    })
  const html = async (): Promise<string> => {
    const { root } = await tell('DOM.getDocument')
    const { outerHTML } = await tell('DOM.getOuterHTML', { nodeId: (root as { nodeId: number }).nodeId })
    return outerHTML as string
  }
  const find = async (selector: string): Promise<number> => {
    const { root } = await tell('DOM.getDocument')
    const { nodeId } = await tell('DOM.querySelector', {
      nodeId: (root as { nodeId: number }).nodeId,
      selector,
    })
    return nodeId as number
  }
  return {
    html,
    async open(url) {
      const there = arrival()
      await tell('Page.navigate', { url })
      await there
    },
    async click(selector) {
      const { quads } = await tell('DOM.getContentQuads', { nodeId: await find(selector) })
      const [[left = 0, top = 0, , , right = 0, bottom = 0] = []] = quads as number[][]
      const at = { x: (left + right) / 2, y: (top + bottom) / 2, button: 'left', clickCount: 1 }
      const there = arrival()
      await tell('Input.dispatchMouseEvent', { type: 'mousePressed', ...at })
      await tell('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at })
      await there
    },
    async enter(selector, text) {
      await tell('DOM.focus', { nodeId: await find(selector) })
      await tell('Input.insertText', { text })
      const there = arrival()
      const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' }
      await tell('Input.dispatchKeyEvent', { type: 'keyDown', ...key })
      await tell('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
      await there
    },
    async widthAt(width) {
      const size = { width, height: 600, deviceScaleFactor: 1, mobile: false }
      await tell('Emulation.setDeviceMetricsOverride', size)
      const { cssContentSize } = await tell('Page.getLayoutMetrics')
      return (cssContentSize as { width: number }).width
    },
  }
}
