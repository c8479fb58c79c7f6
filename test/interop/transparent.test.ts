// Transparent mode on Prosody.
import { startNetwork } from '../lab/network.js'
import { testTransparentMode } from './_transparent.js'

testTransparentMode(folder => startNetwork({ folder, tap: true, modules: ['mam', 'lab_reload'] }))
