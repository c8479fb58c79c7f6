// What a lost or refused connection to the host means, in words for the admin: cause and fix.

// RFC 6120 s4.9.3: errors that another try can't mend.
const refusals: ReadonlyMap<string, string> = new Map([
  [
    'not-authorized',
    'The host refused the component because the secret is wrong: give the host (component_secret or password) and the plugin (its secret file) the same one. On ejabberd it may also be that the component is not in its configuration.',
  ],
  [
    'host-unknown',
    "The host does not know this component: add it to the host's configuration, under the domain that the plugin's configuration names, and reload the host.",
  ],
  [
    'conflict',
    'The host refused the component because another program is connected as it: stop that one, and let the host replace dead connections (Prosody: component_conflict_resolve = "kick_old").',
  ],
])

const advice: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there; start the chat server, or correct the service address'],
  [
    'silent',
    'it accepts but does not answer; it may be starting or overloaded, or another service has the port',
  ],
  ['dead', 'it stopped answering'],
  ['closed', 'it closed the connection; it may be restarting'],
  ['asked', 'an admin asked for it'],
  ['system-shutdown', 'it is shutting down'],
])

/** What to tell the admin where trying again can't help, or null. */
export function refusalOf(cause: string): string | null {
  return refusals.get(cause) ?? null
}

/** What a lost or missing connection means. */
export function troubleOf(service: string, cause: string): string {
  const why = advice.get(cause) ?? "the host's log may say more"
  return `No link to the host at ${service} (${cause}): ${why}.`
}

/** The line about a connection that is tried again in `wait` milliseconds. */
export function troubleLine(service: string, cause: string, wait: number): string {
  return `${troubleOf(service, cause)} Next try in ${Math.round(wait / 1000)} s.`
}
