// The search page and the key page in a real browser whose scripts are switched off, as people use them.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startHttp } from '../../adapters/http/index.js'
import { dearmorCertificates } from '../../plugin/openpgp/armor.js'
import { startChromium } from '../_chromium.js'
import { aliceAddress, createKeyServers } from '../_key-servers.js'

const { a, alice, clock, entry, keyServer, x509 } = await createKeyServers()
const ignore = (): undefined => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const listen = { host: '127.0.0.1', port: 0 }
const http = await startHttp({ listen, tls: null, keyServer, x509, clock, counters: a.counters, log })
t.teardown(() => http.stop())
const browser = await startChromium()
t.teardown(() => browser.stop())
const digits = alice.certificate.fingerprint.slice(2).toUpperCase()

t.test('a person searches by address, opens the key and downloads it', async t => {
  await browser.open(`http://127.0.0.1:${http.port}/`)
  t.match(await browser.html(), 'Key server of a.example')
  await browser.enter('input[name=search]', 'alice@a.example')
  t.match(await browser.html(), `search=0x${digits}">xmpp:alice@a.example</a>`)
  await browser.click('li a')
  const page = await browser.html()
  t.match(page, digits.replaceAll(/(.{4})(?=.)/g, '$1 '))
  t.match(page, /trusted since \d{4}-\d\d-\d\d: certified by a\.example, this server/)
  t.notMatch(page, '<script')
  t.ok((await browser.widthAt(320)) <= 320, 'it fits a telephone')
  await browser.click('p a')
  const files = (await readdir(browser.downloads)).filter(name => name.endsWith('.asc'))
  t.same(files, [`${digits.toLowerCase()}.asc`])
  const armored = await readFile(join(browser.downloads, files[0] ?? ''), 'latin1')
  t.strictSame(dearmorCertificates(armored), (await entry('user', aliceAddress)).certificate)
})

t.test('what is not there is said, with the form to try again; what is written is never markup', async t => {
  await browser.open(`http://127.0.0.1:${http.port}/`)
  await browser.enter('input[name=search]', '"><img src=x onerror=alert(1)>')
  const page = await browser.html()
  t.match(page, 'There is none.')
  t.notMatch(page, '<img')
})
