/** The development mailbox as a page: what is in a message is shown, and leads nowhere but where its links lead. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { keepMessage } from '../../src/delivery/mailbox-store.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const show = async (body: string, channel: 'email' | 'sms' = 'email') => {
  await fetch(`${server.endpoint}/mailbox/messages`, { method: 'DELETE' })
  const message = { channel, to: 'ann@example.com', subject: '', body, code: '123456', sentAt: Date.now() }
  await keepMessage(server.world.db, message)
  return (await fetch(`${server.endpoint}/mailbox`)).text()
}

test('a link in an e-mail can be followed', async () => {
  const page = await show('Press <a href="http://localhost:4100/confirmUser?a=1&amp;b=2">here</a>')
  assert.ok(page.includes('<a href="http://localhost:4100/confirmUser?a=1&amp;b=2">Follow the link</a>'))
})

test('case 60: nothing else of a message becomes markup, and no other kind of address a link', async () => {
  for (const body of [
    '<script>alert(1)</script>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="http://x/" onclick="alert(1)">x</a>',
    '<a href="http://x/"><img src=y></a>',
  ]) {
    const page = await show(body)
    assert.doesNotMatch(page, /<script|<img|onclick="|href="javascript/i)
  }
  assert.doesNotMatch(await show('<a href="http://x/">x</a>', 'sms'), /Follow/)
})
