// A passphrase from a file, from the terminal without echo, or from what is piped in; never from an argument.
import { createInterface } from 'node:readline'
import { Writable, type Readable } from 'node:stream'
import { PluginError } from '../../plugin/errors.js'
import { readSecretFile } from '../secret-files.js'

/** Where somebody types, or what is piped in. */
export type Input = Readable & { readonly isTTY?: boolean }

export interface PassphraseSource {
  readonly file: string | undefined
  /** Asked twice, and refused when it is short: for a new one. */
  readonly isNew: boolean
  readonly input: Input
  /** Where the question is shown. */
  readonly err: { write(text: string): unknown }
}

const shortest = 12

/** @throws PluginError `config-invalid` for none, for a short new one, and for two that differ */
export async function readPassphrase({ file, isNew, input, err }: PassphraseSource): Promise<string> {
  const passphrase = await firstAnswer(file, input, err)
  if (passphrase === '')
    throw refused('There is no passphrase; type one, pipe one in, or name a file with --passphrase-file.')
  if (!isNew) return passphrase
  if (passphrase.length < shortest)
    throw refused(`The passphrase is too short; take ${shortest} characters or more.`)
  if (
    file === undefined &&
    input.isTTY === true &&
    (await ask('The same again: ', input, err)) !== passphrase
  )
    throw refused('The two passphrases differ; nothing was written.')
  return passphrase
}

async function firstAnswer(
  file: string | undefined,
  input: Input,
  err: PassphraseSource['err'],
): Promise<string> {
  if (file === undefined) return ask('Passphrase: ', input, err)
  const octets = await readSecretFile(file)
  if (octets === null) throw refused(`There is no ${file}; put the passphrase there, with mode 0600.`)
  return octets.toString('utf8').split(/\r?\n/u)[0] ?? ''
}

// As a terminal the line is read without echo, because what would be echoed goes nowhere.
function ask(question: string, input: Input, err: PassphraseSource['err']): Promise<string> {
  const terminal = input.isTTY === true
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal })
  if (terminal) err.write(question)
  return new Promise(resolve => {
    lines.once('line', line => {
      resolve(line)
      lines.close()
    })
    lines.once('close', () => {
      if (terminal) err.write('\n')
      resolve('')
    })
  })
}

function refused(message: string): PluginError {
  return new PluginError('config-invalid', message)
}
