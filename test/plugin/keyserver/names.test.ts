// Names by which certificates are asked for.
import t from 'tap'
import { mailboxHash, wantedByIdentity, wantedBySearch } from '../../../plugin/keyserver/names.js'

const alice = { kind: 'user', subject: 'alice@a.example' }
const server = { kind: 'server', subject: 'a.example' }

t.test('a user ID and a mail address mean what they say exactly', async t => {
  t.strictSame(wantedByIdentity('xmpp:alice@a.example'), alice)
  t.strictSame(wantedByIdentity('XMPP:Alice@A.example'), alice)
  t.strictSame(wantedByIdentity('openpgp-ca@a.example'), server)
  t.strictSame(wantedByIdentity('<openpgp-ca@a.example>'), server)
  for (const other of [
    'alice@a.example',
    'a.example',
    '',
    'xmpp:',
    'xmpp:alice',
    'xmpp:a b@a.example',
    'xmpp:alice@a.example/x',
  ])
    t.equal(wantedByIdentity(other), null, other)
})

t.test('a search also takes what people type', async t => {
  t.strictSame(wantedBySearch('alice@a.example'), alice)
  t.strictSame(wantedBySearch('xmpp:alice@a.example'), alice)
  t.strictSame(wantedBySearch('A.example'), server)
  t.strictSame(wantedBySearch('a.example <openpgp-ca@a.example>'), server)
  for (const other of [
    '',
    ' ',
    'a.example <openpgp-ca@b.example>',
    '@',
    '<alice@a.example>',
    'xmpp:alice@a.example <b@c.example>',
  ])
    t.equal(wantedBySearch(other), null, other)
})

t.test('hashes of local parts are those of gpg-wks-client', async t => {
  t.equal(mailboxHash('Joe.Doe'), 'iy9q119eutrkn8s1mk4r39qejnbu3n5q')
  t.equal(mailboxHash('bob'), 'jycbiujnsxs47xrkethgtj69xuunurok')
})
