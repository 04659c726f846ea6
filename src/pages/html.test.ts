import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from './html.ts'

test('text is escaped wherever it goes; markup made by the template is not; nothing prints nothing', () => {
  const evil = `<script>"'&`
  assert.equal(
    html`<a title="${evil}">${evil}</a>`.html,
    '<a title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</a>',
  )
  assert.equal(
    html`<ul>${['a<', 'b'].map((item) => html`<li>${item}</li>`)}</ul>`.html,
    '<ul><li>a&lt;</li><li>b</li></ul>',
  )
  assert.equal(html`${undefined}${false}${0}`.html, '0')
})
