import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeHtml } from '../../protocols/escape-html.ts'
import { maskEmail, maskPhone } from './mask.ts'
import { fillHtml, fillLine } from './templates.ts'

test('an e-mail address shows the first letter of either side', () => {
  assert.equal(maskEmail('fred@example.com'), 'f***@e***')
  assert.equal(maskEmail('a@b'), 'a***@b***')
  assert.equal(maskEmail('😀x@example.com'), '😀***@e***')
})

test('a phone number shows its last four digits', () => {
  assert.equal(maskPhone('+12065551234'), '+*******1234')
  assert.equal(maskPhone('+4912'), '+4912')
})

test('both places are filled in, each as often as it stands there', () => {
  assert.equal(fillLine('{####} {username} {####}', { code: '123456', username: 'bob' }), '123456 bob 123456')
})

test('a value that looks like a place or a replacement pattern stays a value', () => {
  assert.equal(fillLine('{username} {####}', { code: "$&$1$'", username: '{####}' }), "{####} $&$1$'")
})

test('no value becomes markup in an e-mail, and the template stays markup', () => {
  assert.equal(
    fillHtml('<b>{username}</b> {####}', { code: '<&"\'>', username: '<script>x</script>' }),
    '<b>&lt;script&gt;x&lt;/script&gt;</b> &lt;&amp;&quot;&#39;&gt;',
  )
  assert.equal(escapeHtml('plain'), 'plain')
})

test('a line holds no line break or control character, from the template or a value', () => {
  assert.equal(
    fillLine('Hi\r\nBcc: all@x.y {username}', { code: '', username: 'a\r\nTo: b\u2028c\u0000d\u0085e' }),
    'Hi Bcc: all@x.y a To: b c d e',
  )
})

test('the words of a link lead to it, a code beside them stays a code, and without a link they stay as they are', () => {
  const filling = { code: '123456', username: 'bob' }
  assert.equal(
    fillHtml('{##Press <b>here</b>##} or type {####}', { ...filling, link: 'https://x/?a=1&b="2' }),
    '<a href="https://x/?a=1&amp;b=&quot;2">Press <b>here</b></a> or type 123456',
  )
  assert.equal(fillHtml('{##Press##} {####}', filling), '{##Press##} 123456')
})
