// The Erlang of the laboratory's ejabberd: where it is, and where it looks names up.
import { join } from 'node:path'
import { debianEnvironment } from './debian-packages.js'

// ejabberd asks the C library for addresses inside its own process, and what stands in for that one reads its file at the first question:
// two first questions at the same time end the process in half of all starts.
const firstQuestion = '{ok, _} = net:getaddrinfo("localhost")'

/** What the laboratory runs Erlang with, in its folder, which has `hosts` and `inetrc`. */
export interface Erlang {
  readonly command: string
  readonly env: NodeJS.ProcessEnv
  /** Arguments that have it evaluate expressions; names can be looked up by any number of processes in them. */
  evaluating(expressions: string): readonly string[]
}

/** @param root where Debian's packages are */
export async function erlangOf(root: string, folder: string): Promise<Erlang> {
  const home = join(root, 'usr/lib/erlang')
  const bin = join(home, 'erts-13.1.5/bin')
  return {
    command: join(bin, 'erlexec'),
    env: {
      ...process.env,
      ...(await debianEnvironment(root)),
      // The script `erl` has its folder written into it; it sets nothing but this.
      ...{ ROOTDIR: home, BINDIR: bin, EMU: 'beam', PROGNAME: 'erl' },
      HOME: folder,
      // It asks the C library for addresses, and Erlang for SRV records.
      LD_PRELOAD: 'libnss_wrapper.so',
      NSS_WRAPPER_HOSTS: join(folder, 'hosts'),
      ERL_INETRC: join(folder, 'inetrc'),
      ERL_CRASH_DUMP: join(folder, 'crash.dump'),
    },
    evaluating: expressions => [
      '-noinput',
      // Two schedulers and no busy waiting: many servers share the machine.
      ...['+S', '2', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'],
      ...['-eval', `${firstQuestion}, ${expressions}`],
    ],
  }
}
