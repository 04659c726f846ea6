import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseText, languages } from './choose.ts'
import { en } from './en.ts'
import { direction, fill } from './text.ts'

const flat = (of: object, at = ''): [string, string][] =>
  Object.entries(of).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${at}${key}`, value] as [string, string]] : flat(value, `${at}${key}.`),
  )
const gaps = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([gap]) => gap).toSorted()
const choose = (asked?: string, remembered?: string, accepted?: string, own?: Parameters<typeof chooseText>[1]) =>
  chooseText({ asked, remembered, accepted }, own)

test('every language of managed login is here, says something in its own words everywhere, and keeps every gap', () => {
  const named = ['de', 'en', 'es', 'fr', 'id', 'it', 'ja', 'ko', 'nl', 'pt-BR', 'zh-CN', 'zh-TW']
  assert.deepEqual(Object.keys(languages).toSorted(), named)
  const english = new Map(flat(en))
  for (const [lang, text] of Object.entries(languages)) {
    assert.equal(text.lang, lang)
    const sentences = flat(text)
    assert.deepEqual(sentences.map(([key]) => key).toSorted(), [...english.keys()].toSorted(), lang)
    for (const [key, sentence] of sentences) {
      assert.ok(sentence.trim().length > 0, `${lang} ${key}`)
      assert.deepEqual(gaps(sentence), gaps(english.get(key) ?? ''), `${lang} ${key}`)
      if (lang !== 'en' && sentence.length > 25) assert.notEqual(sentence, english.get(key), `${lang} ${key}`)
    }
  }
})

test('the link decides, then what is remembered, then the browser, then English', () => {
  assert.equal(choose('de', 'fr', 'it').lang, 'de')
  assert.equal(choose(undefined, 'fr', 'it').lang, 'fr')
  assert.equal(choose('xx', undefined, 'en;q=0.2, pt-PT;q=0.8, xx').lang, 'pt-BR')
  assert.equal(choose(undefined, undefined, 'zh-HK').lang, 'zh-TW')
  assert.equal(choose(undefined, undefined, 'zh').lang, 'zh-CN')
  assert.equal(choose('<script>', '__proto__', 'constructor').lang, 'en')
  assert.equal(choose().lang, 'en')
})

test('a pool’s own sentences are before ours, in languages that we lack, too; what is no sentence has no effect', () => {
  const own = {
    texts: {
      de: { signIn: { title: 'Willkommen', button: 7, toString: 'x' }, lang: 'xx', failures: 'x' },
      ar: { signIn: { title: 'تسجيل الدخول' } },
      '../x': { signIn: { title: 'no' } },
    },
  } as never
  const german = choose('de', undefined, undefined, own)
  assert.deepEqual([german.signIn.title, german.signIn.button, german.lang], ['Willkommen', 'Anmelden', 'de'])
  assert.equal(german.failures.signIn, languages['de']?.failures.signIn)
  const arabic = choose('ar', undefined, undefined, own)
  assert.deepEqual([arabic.signIn.title, arabic.signIn.button, arabic.lang], ['تسجيل الدخول', 'Sign in', 'ar'])
  assert.equal(direction(arabic.lang), 'rtl')
  assert.equal(direction('de'), 'ltr')
  assert.equal(choose('ar').lang, 'en')
})

test('gaps are filled once, and nothing is made of what was filled in', () => {
  assert.equal(fill('{to} and {other}', { to: '{other}' }), '{other} and {other}')
})
