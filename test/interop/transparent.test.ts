// Transparent mode on Prosody.
import { startNetwork } from '../lab/network.js'
import { testTransparentMode } from './_transparent.js'

testTransparentMode({
  start: folder => startNetwork({ folder, tap: true, modules: ['mam', 'lab_reload'] }),
  async reload(_, device) {
    const answer = await device.ask('set', 'a.example', "<reload xmlns='urn:p3do:lab:reload'/>")
    if (!answer.includes('type="result"')) throw new Error(`The module was not loaded anew: ${answer}`)
  },
})
