import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOMParser } from '@xmldom/xmldom'
import fc from 'fast-check'
import { ExclusiveCanonicalization } from 'xml-crypto'
import {
  acs,
  encode,
  makeIdpKey,
  makeMetadata,
  noon,
  responseXml,
  signXml,
  spEntity,
} from '../../../test/support/saml-messages.ts'
import { canonical } from './canonical.ts'
import { SamlError } from './error.ts'
import { readMetadata } from './metadata.ts'
import { verifySamlResponse } from './response.ts'
import { allTextOf, attributeOf, childNamed, elementsOf, escapeXml, readXml, textOf } from './xml.ts'

const seed = 20_260_601

const refuses = (text: string, reason = 'malformed') =>
  assert.throws(
    () => readXml(text),
    (error) => error instanceof SamlError && error.reason === reason,
    text,
  )

test('elements, attributes and namespaces are read as they stand there', () => {
  const root = readXml(`\ufeff<?xml version="1.0" encoding="UTF-8" standalone='yes'?>
<!-- first --><p:a xmlns:p='urn:p' xmlns="urn:d" q="1" p:q='"2"'>
  <b xmlns="">&lt;&#65;&#x1F600;&amp;</b><c/></p:a>
`)
  assert.deepEqual([root.namespace, root.local], ['urn:p', 'a'])
  assert.deepEqual(
    root.attributes.map(({ namespace, local, value }) => [namespace, local, value]),
    [
      ['', 'q', '1'],
      ['urn:p', 'q', '"2"'],
    ],
  )
  assert.deepEqual(
    elementsOf(root).map(({ namespace, local }) => [namespace, local]),
    [
      ['', 'b'],
      ['urn:d', 'c'],
    ],
  )
  assert.equal(textOf(elementsOf(root)[0]!), '<A😀&')
  assert.equal(childNamed(root, 'urn:d', 'c')?.children.length, 0)
})

test('white space in attributes becomes spaces, unless it is written as a number; line ends become one', () => {
  const root = readXml('<a b="1\t2\r\n3&#10;4">x\r\ny\rz&#13;</a>')
  assert.equal(attributeOf(root, 'b'), '1 2 3\n4')
  assert.equal(textOf(root), 'x\ny\nz\r')
})

test('comments and CDATA leave no seam in a text', () => {
  assert.deepEqual(readXml('<a>x<!-- y --><![CDATA[<z>]]><!---->&gt;</a>').children, ['x<z>>'])
  assert.equal(allTextOf(readXml('<a>1<b>2<c>3</c></b>4</a>')), '1234')
})

test('what is not XML, or more than SAML needs, is refused', () => {
  const wrong = [
    ...[
      '',
      ' ',
      'a',
      '<',
      '<a',
      '<a>',
      '<a/',
      '<a></b>',
      '</a>',
      '<a/><b/>',
      '<a/>b',
      'a<b/>',
      '<1/>',
      '< a/>',
      '<a/ >',
    ],
    ...[
      '<a b/>',
      '<a b=c/>',
      '<a b="<"/>',
      '<a b="1"c="2"/>',
      '<a b="1" b="2"/>',
      '<a b="1/>',
      '<a:b:c/>',
      '<:a/>',
      '<a:/>',
    ],
    ...['<p:a/>', '<a p:b=""/>', '<a xmlns:p=""/>', '<a xmlns:xml="u"/>', '<a xmlns:xmlns="u"/>', '<xmlns:a/>'],
    ...['<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>', '<a xmlns="u" xmlns="v"/>', '<a xmlns:p="u" xmlns:p="u"/>'],
    ...[
      '<a>&b;</a>',
      '<a>&</a>',
      '<a>&amp</a>',
      '<a>&#0;</a>',
      '<a>&#xD800;</a>',
      '<a>&#x110000;</a>',
      '<a>&#;</a>',
      '<a>&#xg;</a>',
    ],
    ...[
      '<a>\u0000</a>',
      '<a>\u0008</a>',
      '<a>\ufffe</a>',
      '<a>\ud800</a>',
      '<a>]]></a>',
      '<a><!-- -- --></a>',
      '<a><!-- ---></a>',
    ],
    ...[
      '<a><!--</a>',
      '<a><![CDATA[</a>',
      '<![CDATA[a]]><b/>',
      '<!DOCTYPE a><a/>',
      '<a><?b?></a>',
      ' <?xml version="1.0"?><a/>',
    ],
    ...[
      '<?xml version="1.1"?><a/>',
      '<?xml version="1.0" encoding="latin1"?><a/>',
      '<?xml?><a/>',
      '<?XML version="1.0"?><a/ >',
    ],
  ]
  for (const text of wrong) refuses(text)
})

test('what is escaped is read back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const kept = readXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)
      assert.equal(attributeOf(kept, 'b'), textOf(kept))
    }),
    { seed, numRuns: 300 },
  )
  const odd = 'a\t\r\n"\'<>&]]>'
  assert.equal(textOf(readXml(`<a>${escapeXml(odd)}</a>`)), odd)
})

/** Pieces that mean something to an XML reader, in any order. */
const pieces = [
  ...[
    '<',
    '>',
    '/',
    '</',
    '/>',
    '<a',
    '<a>',
    '</a>',
    '<p:b',
    '</p:b>',
    ' ',
    '\n',
    '=',
    '"',
    "'",
    'x',
    ':',
    '&',
    ';',
    '#',
  ],
  ...[
    '&amp;',
    '&#65;',
    '&#x41;',
    '<!--',
    '-->',
    '--',
    '<![CDATA[',
    ']]>',
    '<?xml version="1.0"?>',
    '<?',
    '?>',
    '<!DOCTYPE a>',
  ],
  ...[' xmlns="u"', ' xmlns:p="v"', ' xmlns=""', ' c="1"', ' p:c="2"', '\u0000', '\ufeff', 'é', '😀', 'ID="x"'],
]
const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''))

test('whatever comes, the reader answers or throws a SamlError', () => {
  fc.assert(
    fc.property(soup, (text) => {
      for (const candidate of [text, `<a xmlns:p="v">${text}</a>`])
        try {
          readXml(candidate)
        } catch (error) {
          assert.ok(error instanceof SamlError, String(error))
        }
    }),
    { seed, numRuns: 5_000 },
  )
})

const theirs = (xml: string): string => {
  const onError = (level: string, message: string) => {
    throw new Error(`${level}: ${message}`)
  }
  const root = new DOMParser({ locator: false, onError }).parseFromString(xml, 'text/xml').documentElement
  return new ExclusiveCanonicalization().process(
    root as unknown as Parameters<ExclusiveCanonicalization['process']>[0],
    {},
  ) as unknown as string
}

type Tree = { name: string; attributes: string[]; children: (Tree | string)[] }
/** Without `xmlns=""`, which xml-crypto repeats in children; canonical XML does not. */
const namespaces = ['', ' xmlns="urn:d"', ' xmlns="urn:e"']

/** Documents that declare their prefixes at the root, and the default namespace anywhere. */
const tree: fc.Arbitrary<string> = fc.letrec<{ tree: string; node: Tree }>((tie) => ({
  node: fc.record({
    name: fc.constantFrom('a', 'p:a', 'q:b'),
    attributes: fc.uniqueArray(fc.constantFrom('c="1"', 'p:c="&lt;&quot;&#10;"', 'q:d=" "', "e='\"'"), {
      maxLength: 3,
    }),
    children: fc.array(
      fc.oneof({ maxDepth: 4 }, fc.constantFrom('x', '&amp;&gt;', '<!-- y -->', '<![CDATA[<]]>', '&#13;'), tie('node')),
      { maxLength: 4 },
    ),
  }) as fc.Arbitrary<Tree>,
  tree: fc.tuple(tie('node'), fc.infiniteStream(fc.constantFrom(...namespaces))).map(([node, defaults]) => {
    const print = (one: Tree | string): string =>
      typeof one === 'string'
        ? one
        : `<${one.name}${defaults.next().value}${one.attributes.map((each) => ` ${each}`).join('')}>${one.children.map(print).join('')}</${one.name}>`
    return `<root xmlns:q="urn:q" xmlns:p="urn:p">${print(node)}</root>`
  }),
})).tree

test('the canonical form is the one that xml-crypto makes of the same document, and reads as itself', () => {
  fc.assert(
    fc.property(tree, (xml) => {
      const ours = canonical(readXml(xml))
      assert.equal(ours, theirs(xml))
      assert.equal(canonical(readXml(ours)), ours)
    }),
    { seed, numRuns: 1_000 },
  )
})

test('the canonical form has its namespaces where they are used, and those of the list where they are in scope', () => {
  const [inner] = elementsOf(
    readXml('<z:r xmlns:z="u:z" xmlns:b="u:b" xmlns:A="u:A" xmlns="u:d"><b:x A:t="1" s="2"><y/></b:x></z:r>'),
  )
  assert.equal(canonical(inner!), '<b:x xmlns:A="u:A" xmlns:b="u:b" s="2" A:t="1"><y xmlns="u:d"></y></b:x>')
  assert.equal(
    canonical(inner!, { inclusive: ['z', '#default', 'nowhere'] }),
    '<b:x xmlns="u:d" xmlns:A="u:A" xmlns:b="u:b" xmlns:z="u:z" s="2" A:t="1"><y></y></b:x>',
  )
  const none = readXml('<a xmlns="u"><b xmlns=""><c xmlns=""/></b></a>')
  assert.equal(canonical(none), '<a xmlns="u"><b xmlns=""><c></c></b></a>')
  const again = readXml('<p:a xmlns:p="u:1"><p:b xmlns:p="u:2"><p:c xmlns:p="u:1"/></p:b></p:a>')
  assert.equal(canonical(again), '<p:a xmlns:p="u:1"><p:b xmlns:p="u:2"><p:c xmlns:p="u:1"></p:c></p:b></p:a>')
})

const key = await makeIdpKey()
const metadata = makeMetadata({ keys: [key] })
const signed = {
  assertion: signXml(responseXml(), 'Assertion', key),
  response: signXml(responseXml(), 'Response', key),
}

const change = fc.record({
  which: fc.constantFrom('assertion' as const, 'response' as const),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(30),
  insert: fc.oneof(
    fc.constantFrom(...pieces),
    fc.constantFrom('root', '<saml:NameID>root</saml:NameID>', '<saml:Assertion>'),
    soup,
  ),
})

test('no change to a signed response makes it say anything else, or anything else happen than a SamlError', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let xml = signed[changes[0]!.which]
      for (const { at, cut, insert } of changes) {
        const place = Math.floor(at * xml.length)
        xml = xml.slice(0, place) + insert + xml.slice(place + cut)
      }
      try {
        const said = verifySamlResponse({
          metadata,
          response: encode(xml),
          now: noon,
          audience: spEntity,
          recipient: acs,
        })
        assert.deepEqual([said.nameId, said.attributes], ['ada', { mail: ['ada@example.com'] }])
      } catch (error) {
        if (!(error instanceof SamlError)) throw error
      }
    }),
    { seed, numRuns: 3_000 },
  )
})

test('no change to metadata makes anything else happen than a SamlError', () => {
  fc.assert(
    fc.property(change, ({ at, cut, insert }) => {
      const place = Math.floor(at * metadata.length)
      try {
        assert.ok(readMetadata(metadata.slice(0, place) + insert + metadata.slice(place + cut)).signingKeys.length > 0)
      } catch (error) {
        if (!(error instanceof SamlError)) throw error
      }
    }),
    { seed, numRuns: 1_000 },
  )
})
