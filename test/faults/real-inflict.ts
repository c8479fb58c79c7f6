// Beginning and end of each fault on the real network.
import type { ServerName } from '../lab/network.js'
import type { Fault, FaultKind, Letter } from './fault.js'
import { foreignFrames } from './foreign-frames.js'
import { letters, type RealParts } from './real-parts.js'
import type { World } from './world.js'

type Of<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>

export function createInflict(parts: RealParts): Pick<World, 'begin' | 'end'> {
  const [link, swallow] = [createLink(parts), createSwallow(parts)]
  const [hold, jump] = [createHold(parts), createJump(parts)]
  const [lose, flood] = [createLoss(parts), createFlood(parts)]
  const change = (fault: Fault, isBegin: boolean): void => {
    switch (fault.kind) {
      case 'cut':
      case 'split':
        link(fault, isBegin)
        break
      case 'black-hole':
        swallow(fault, isBegin)
        break
      case 'kill':
      case 'host-kill':
      case 'host-pause':
        hold(fault, isBegin)
        break
      case 'jump':
        jump(fault, isBegin)
        break
      case 'loss':
        lose(fault, isBegin)
        break
      case 'flood':
        if (isBegin) flood(fault)
        break
      case 'repeats':
      case 'delays':
        throw new RangeError(`The real network has no fault of kind ${fault.kind}.`)
    }
  }
  return {
    begin(fault) {
      change(fault, true)
      return Promise.resolve()
    },
    end(fault) {
      change(fault, false)
      return Promise.resolve()
    },
  }
}

type Change<Kind extends FaultKind> = (fault: Of<Kind>, isBegin: boolean) => void

function createLink({ links }: RealParts): Change<'cut' | 'split'> {
  const changes = createTally()
  return (fault, isBegin) => {
    for (const between of fault.kind === 'cut' ? [fault.between] : across(fault.side))
      for (const way of bothWays(between))
        if (changes(way, isBegin)) links.get(way)?.[isBegin ? 'cut' : 'mend']()
  }
}

function createSwallow({ links }: RealParts): Change<'black-hole'> {
  const changes = createTally()
  return ({ between }, isBegin) => {
    for (const way of bothWays(between))
      if (changes(way, isBegin)) links.get(way)?.[isBegin ? 'swallow' : 'letOut']()
  }
}

function bothWays([one, other]: readonly [Letter, Letter]): readonly string[] {
  return [`${one} ${other}`, `${other} ${one}`]
}

function across(side: readonly Letter[]): (readonly [Letter, Letter])[] {
  const others = letters.filter(letter => !side.includes(letter))
  return side.flatMap(one => others.map(other => [one, other] as const))
}

// What comes to a server that is held still, or is killed already, waits until that is over.
function createHold({ network, plugins }: RealParts): Change<'kill' | 'host-kill' | 'host-pause'> {
  const [changes, inTurn] = [createTally(), createTurns()]
  return (fault, isBegin) => {
    if (!changes(`${fault.kind} ${fault.server}`, isBegin)) return
    const name = nameOf(fault.server)
    const [plugin, host] = [plugins.plugins[name], network.servers[name]]
    if (fault.kind === 'kill') inTurn(`plugin ${name}`, () => (isBegin ? plugin.kill() : plugin.start()))
    else if (fault.kind === 'host-kill') inTurn(`host ${name}`, () => (isBegin ? host.kill() : host.start()))
    else inTurn(`host ${name}`, () => (isBegin ? host.pause() : host.resume()))
  }
}

// Of several jumps of one clock, the last one counts.
function createJump({ clocks }: RealParts): Change<'jump'> {
  const inTurn = createTurns()
  const jumps: Of<'jump'>[] = []
  return (fault, isBegin) => {
    const { server } = fault
    if (isBegin) jumps.push(fault)
    else jumps.splice(jumps.indexOf(fault), 1)
    const last = jumps.filter(jump => jump.server === server).at(-1)
    inTurn(server, () => clocks.get(server)?.set(last?.by ?? 0))
  }
}

function createLoss({ lab }: RealParts): Change<'loss'> {
  const inTurn = createTurns()
  const losses: Of<'loss'>[] = []
  return (fault, isBegin) => {
    if (isBegin) losses.push(fault)
    else losses.splice(losses.indexOf(fault), 1)
    const most = Math.max(0, ...losses.map(({ share }) => share))
    inTurn('loss', () => lab.lose(most))
  }
}

function createFlood({ lab, plugins }: RealParts): (fault: Of<'flood'>) => void {
  const inTurn = createTurns()
  return ({ server, onions }) => {
    const { folder } = plugins.plugins[nameOf(server)]
    inTurn(server, async () => lab.flood(server, await foreignFrames(folder, onions)))
  }
}

function nameOf(letter: Letter): ServerName {
  return letters.find(name => name === letter) ?? 'a'
}

/** Tells whether a fault is the first of its name that begins, or the last one that ends. */
function createTally(): (name: string, isBegin: boolean) => boolean {
  const counts = new Map<string, number>()
  return (name, isBegin) => {
    const count = (counts.get(name) ?? 0) + (isBegin ? 1 : -1)
    counts.set(name, count)
    return count === (isBegin ? 1 : 0)
  }
}

/** Runs what is asked for under one name one after the other. */
function createTurns(): (name: string, run: () => Promise<void> | void) => void {
  const turns = new Map<string, Promise<void>>()
  return (name, run) => {
    turns.set(name, (turns.get(name) ?? Promise.resolve()).then(run))
  }
}
