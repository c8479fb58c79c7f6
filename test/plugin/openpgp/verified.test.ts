// What was found good once is not checked again, and nothing else passes for it.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { generateUserKey } from '../../../plugin/openpgp/index.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { certifiedOctets, parseSignature } from '../../../plugin/openpgp/signature.js'
import { verifySignature } from '../../../plugin/openpgp/signing.js'
import { checkOnce } from '../../../plugin/openpgp/verified.js'
import { firstUserId, today } from '../../_certificates.js'

function createChecks() {
  const state = { asked: 0 }
  const check = (good: boolean) => () => {
    state.asked++
    return good
  }
  return { state, check }
}

t.test('what is good is checked once, what is bad each time', async t => {
  const { state, check } = createChecks()
  const [good, bad] = [[randomBytes(64)], [randomBytes(64)]]
  t.ok(checkOnce(good, check(true)) && checkOnce(good, check(true)))
  t.equal(state.asked, 1)
  t.notOk(checkOnce(bad, check(false)) || checkOnce(bad, check(false)))
  t.equal(state.asked, 3)
})

t.test('the same octets in other parts are something else', async t => {
  const { state, check } = createChecks()
  const octets = randomBytes(64)
  for (const cut of [0, 1, 32, 64]) checkOnce([octets.subarray(0, cut), octets.subarray(cut)], check(true))
  checkOnce([octets], check(true))
  t.equal(state.asked, 5)
})

t.test('what was not met for long is forgotten', async t => {
  const { state, check } = createChecks()
  const [seldom, often] = [[randomBytes(64)], [randomBytes(64)]]
  checkOnce(seldom, check(true))
  for (let met = 0; met < 20_000; met++) {
    checkOnce([randomBytes(16)], () => true)
    checkOnce(often, check(true))
  }
  t.equal(state.asked, 2)
  checkOnce(seldom, check(true))
  t.equal(state.asked, 3)
})

t.test('a good signature makes none that differs from it in one octet good', async t => {
  const { certificate } = generateUserKey(parseUserAddress('alice@a.example'), today)
  const [signature] = firstUserId(certificate).signatures
  if (!signature) throw new Error('There is no signature.')
  const octets = certifiedOctets(certificate.primary, firstUserId(certificate).packet)
  t.ok(await verifySignature(signature, certificate.primary, octets))
  for (const at of signature.body.keys()) {
    const other = Buffer.from(signature.body)
    other[at] = (other[at] ?? 0) ^ 1
    const parsed = parseSignature(other)
    t.notOk(parsed && (await verifySignature(parsed, certificate.primary, octets)), `octet ${String(at)}`)
  }
  const others = Buffer.concat([octets, Buffer.of(0)])
  t.notOk(await verifySignature(signature, certificate.primary, others))
})
