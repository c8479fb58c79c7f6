// The second act: a user of the third server, which is another chat server, writes to Alice and gets an answer.
import { announce, showMessage, tell, type Scene } from './demo-act.js'
import { keysExchanged, turnOn } from './demo-conversation.js'
import type { Message } from './demo-message.js'
import { people } from './demo-stage.js'

const { Alice, Carol } = people

const messages: readonly Message[] = [
  { from: 'Carol', to: 'Alice', text: 'May I join you?', route: '' },
  { from: 'Alice', to: 'Carol', text: 'Of course, Carol.', route: '' },
]

export async function thirdServer(scene: Scene): Promise<void> {
  const { stage } = scene
  const kind = stage.real === null ? 'too' : `whose server is ${stage.real.network.servers.c.kind}`
  announce(scene, `Carol at c.example, ${kind}`)
  await turnOn(stage, [
    ['Carol', `on ${Alice.address}`],
    ['Alice', `on ${Carol.address}`],
  ])
  await keysExchanged(stage, 'a', 'c')
  for (const message of messages) {
    announce(scene, `${message.from} to ${people[message.to].address}: ${message.text}`)
    await showMessage(scene, message, 'ends')
  }
  tell('between', 'onions in rooms, as above')
}
