// What DNS said before binds what it says now, as far as it was proven.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { consult, remember } from '../../../plugin/dns/index.js'
import type { DnsSecurity } from '../../../plugin/ports.js'
import { memoryDns, silentDns } from '../../_dns.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const domain = parseDomain('b.example')
const clock = createVirtualClock(Date.UTC(2026, 0, 1))
const record = (id: number): string => `v=P3DO1; st=active; fpr=04${'ab'.repeat(20)}; id=${id}`

/** One store; each call asks a DNS that says this. */
function witness() {
  const dnsSeen = createMemoryStore()
  const ask = (texts: readonly string[], security: DnsSecurity) =>
    consult({ dns: memoryDns({ '_p3do.b.example': texts }, security), dnsSeen, clock }, domain)
  return {
    ask,
    seen: () => dnsSeen.loadDnsSeen(domain),
    silent: () => consult({ dns: silentDns(), dnsSeen, clock }, domain),
    // As after a contact with the server that has the named key.
    confirm: async (id: number) => remember({ dnsSeen }, domain, await ask([record(id)], 'insecure')),
  }
}

t.test('records that were proven once must be, whatever comes instead', async t => {
  const { ask, seen, silent } = witness()
  t.equal((await ask([record(5)], 'secure')).security, 'secure')
  t.same(await seen(), { secured: true, number: 5 })
  const refused = { code: 'certificate-invalid' as const }
  await t.rejects(ask([record(6)], 'insecure'), { ...refused, message: /signed with DNSSEC before/ })
  await t.rejects(ask([record(6)], 'indeterminate'), { ...refused, message: /signed with DNSSEC before/ })
  await t.rejects(ask([], 'insecure'), { ...refused, message: /gone/ })
  await t.rejects(silent(), { ...refused, message: /cannot be asked for now/ })
  t.same(await seen(), { secured: true, number: 5 }, 'what was seen stays')
  await t.resolves(ask([record(5)], 'secure'))
})

t.test('wrong signatures are refused, also at the first time, and leave nothing', async t => {
  const { ask, seen } = witness()
  await t.rejects(ask([record(5)], 'bogus'), { code: 'certificate-invalid', message: /wrong or missing/ })
  t.equal(await seen(), null)
})

t.test("wrong signatures on other people's texts say nothing", async t => {
  const { ask } = witness()
  t.same((await ask(['v=spf1 -all'], 'bogus')).records, [])
})

t.test('proven numbers do not go back', async t => {
  const { ask, seen } = witness()
  await ask([record(5)], 'secure')
  await t.rejects(ask([record(4)], 'secure'), { code: 'certificate-invalid', message: /older/ })
  t.same(await seen(), { secured: true, number: 5 })
  await ask([record(7)], 'secure')
  t.same(await seen(), { secured: true, number: 7 })
})

t.test('a number without proof counts once the key has shown itself, and against its like only', async t => {
  const { ask, seen, confirm } = witness()
  await ask([record(9_999_999)], 'insecure')
  t.equal(await seen(), null, 'whoever forges one does not lock out the true ones')
  await confirm(5)
  t.same(await seen(), { secured: false, number: 5 })
  await t.rejects(ask([record(4)], 'insecure'), { message: /older/ })
  await ask([record(3)], 'secure')
  t.same(await seen(), { secured: true, number: 3 }, 'proof begins anew')
})

t.test('without proof, a silent DNS is told apart and a record that has ended says nothing', async t => {
  const { ask, silent } = witness()
  await t.rejects(silent(), { code: 'host-unreachable' })
  const ended = `${record(5)}; exp=${clock.now() / 1000}`
  t.same((await ask([ended], 'insecure')).records, [])
})
