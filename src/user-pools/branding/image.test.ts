import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../../wire/errors.ts'
import { checkSvg, kindOf } from './image.ts'

const svg = (inner: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${inner}</svg>`)

test('an image is what its bytes say', () => {
  assert.equal(kindOf(Buffer.from('89504e470d0a1a0a0000', 'hex')), 'PNG')
  assert.equal(kindOf(Buffer.from('ffd8ffe000', 'hex')), 'JPEG')
  assert.equal(kindOf(Buffer.from('0000010001', 'hex')), 'ICO')
  assert.equal(kindOf(Buffer.from('RIFF0000WEBPVP8 ')), 'WEBP')
  assert.equal(kindOf(svg('')), 'SVG')
  assert.equal(kindOf(Buffer.from('<html><svg></svg>')), undefined)
  assert.equal(kindOf(Buffer.from('GIF89a')), undefined)
})

test('an SVG may draw, and may not act or load', () => {
  checkSvg(
    svg('<!-- <script> --><defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'),
  )
  checkSvg(svg('<use href="#a"/><image href="data:image/png;base64,AAAA"/><text font-size="3">Hi &amp; bye</text>'))
  checkSvg(Buffer.from('<?xml version="1.0"?>\n<svg><style><![CDATA[.a>.b{fill:#fff}]]></style></svg>'))
  const bad = [
    '<script>1</script>',
    '<SCRIPT>1</SCRIPT>',
    '<rect onload="x()"/>',
    "<rect a='>' onclick='x()'/>",
    '<foreignObject/>',
    '<a href="https://evil.example"/>',
    '<use xlink:href="https://evil.example#a"/>',
    '<image href="javascript:x"/>',
    '<style>@import "x";</style>',
    '<animate attributeName="href"/>',
    '<set/>',
    '<rect a=b/>',
    '<rect',
    '<!-- never ended',
    '<rect a="<b"/>',
    '<image xlink:HREF=" javascript:x"/>',
    '<?xml-stylesheet href="x"?>',
  ]
  for (const inner of bad) assert.throws(() => checkSvg(svg(inner)), AwsError, inner)
  assert.throws(() => checkSvg(Buffer.from('<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>')), AwsError)
})

test('a hostile SVG is refused in one walk, however it repeats itself', () => {
  for (const part of ['<a', '<!--', '<a "', '<a \'"', '<![CDATA[', '<a b=']) {
    assert.throws(() => checkSvg(Buffer.from(`<svg>${part.repeat(900_000 / part.length)}`)), AwsError, part)
  }
})
