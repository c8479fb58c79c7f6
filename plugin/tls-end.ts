// Tells the admins that the key server's certificate for TLS is about to end, before those who ask it notice.
import type { Alarm } from './alarms.js'
import type { Clock, ShownCertificate } from './ports.js'
import { dayInWords } from './time-words.js'

export interface TlsEndOptions {
  readonly alarm: Alarm
  readonly clock: Clock
}

const day = 86_400_000
// Days before the end at which somebody is told, the last one first: programs that renew do so a month before.
const stages = [0, 3, 14] as const

/**
 * A function that is to be called again and again with what is shown; it tells once at each stage of each certificate, and
 * no admin again after a restart, where the host knows what it has shown.
 */
export function watchTlsEnd({ alarm, clock }: TlsEndOptions): (shown: ShownCertificate) => void {
  let told = { name: '', stage: Infinity }
  return ({ name, ends }) => {
    if (told.name !== name) told = { name, stage: Infinity }
    const left = ends - clock.now()
    const stage = stages.find(days => left <= days * day) ?? Infinity
    if (stage >= told.stage) return
    told = { name, stage }
    const text = `The key server's certificate for TLS ${endWords(ends, left)}. ${remedy}`
    alarm(null, text, `tls-end ${String(stage)} ${name}`)
  }
}

function endWords(ends: number, left: number): string {
  const date = dayInWords(ends)
  return left <= 0
    ? `ended on ${date}, and nobody can ask it any more`
    : `ends on ${date}, in ${Math.ceil(left / day)} days`
}

const remedy =
  'Put a new one with its key where http.certificate and http.certificate_key say; it counts within a minute.'
