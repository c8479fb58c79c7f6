import t from 'tap'
import { answerVcards } from '../../../adapters/xmpp/vcards.js'
import { createRig } from './_rig.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'

async function createAsker(test: Parameters<typeof createRig>[0]) {
  const rig = await createRig(test)
  answerVcards({ link: rig.link, hostDomain: 'a.example' })
  const stream = await rig.online()
  return (to: string, from = 'alice@a.example/x') => {
    stream.write(`<iq type='get' id='1' from='${from}' to='${to}'><vCard xmlns='vcard-temp'/></iq>`)
    return stream.stanza('iq')
  }
}

t.test('a contact is shown with the address that people know', async t => {
  const ask = await createAsker(t)
  const card = (await ask('bob\\40b.example@p3do.a.example')).getChild('vCard', 'vcard-temp')
  t.equal(card?.getChildText('FN'), 'bob@b.example')
  t.equal(card?.getChildText('NICKNAME'), 'bob')
  t.equal(card?.getChildText('JABBERID'), 'bob@b.example')
})

t.test('as a pseudonym, a contact is shown with it, whoever has it', async t => {
  const ask = await createAsker(t)
  const card = (await ask('bob\\40b.example+fox@p3do.a.example')).getChild('vCard', 'vcard-temp')
  t.equal(card?.getChildText('FN'), 'bob@b.example (as fox)')
  t.equal(card?.getChildText('JABBERID'), 'bob@b.example')
  t.match(card?.getChildText('DESC'), /under your pseudonym fox@p3do\.a\.example/)
})

t.test('the plugin says what it is and how to begin', async t => {
  const ask = await createAsker(t)
  for (const to of ['p3do.a.example', 'p3do@p3do.a.example'])
    t.match((await ask(to)).getChild('vCard', 'vcard-temp')?.getChildText('DESC'), /Write: help/)
})

t.test('bots have none, and strangers get none', async t => {
  const ask = await createAsker(t)
  t.ok((await ask('listener@p3do.a.example')).getChild('error')?.getChild('item-not-found', stanzas))
  t.ok((await ask('p3do.a.example', 'eve@b.example/x')).getChild('error')?.getChild('forbidden', stanzas))
})
