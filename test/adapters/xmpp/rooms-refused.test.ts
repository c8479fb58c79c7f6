// Room services of real servers that do not grant what a context needs.
import t from 'tap'
import { startNetwork } from '../../lab/network.js'
import { startRoomHost } from './_rooms-rig.js'
import { testFolder } from '../../_folder.js'

for (const [what, line, reason] of [
  ['nobody but administrators makes rooms', 'restrict_room_creation = true', /not-allowed/],
  ['only users of the server make rooms', 'restrict_room_creation = "local"', /not-allowed/],
  ['no room outlives its occupants', 'muc_room_allow_persistent = false', /muc_persistent/],
] as const) {
  t.test(what, async t => {
    const network = await startNetwork({ folder: testFolder(t), roomLines: [line] })
    t.teardown(() => network.stop())
    const { carrier, link } = await startRoomHost(network, 'a')
    t.teardown(() => link.stop())
    const refusal = await carrier.open('one').catch((error: unknown) => error)
    t.match(refusal, { code: 'context-refused' })
    t.match(String(refusal), reason)
  })
}
