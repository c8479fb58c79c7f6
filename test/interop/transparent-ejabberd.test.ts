// Transparent mode on ejabberd; what comes from it is seen at the other servers, which are Prosody.
import { startNetwork } from '../lab/network.js'
import { testTransparentMode } from './_transparent.js'

testTransparentMode(folder => startNetwork({ folder, tap: true, modules: ['mam'], ejabberd: ['a'] }), {
  upgrades: true,
})
