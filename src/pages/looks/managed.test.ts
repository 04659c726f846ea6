import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeSettings } from '../../user-pools/branding/style.ts'
import { managedLook } from './managed.ts'

const look = (settings: object) => managedLook(completeSettings(settings as never), [], '')

test('the settings that Cognito provides make a light page, and a dark one only where the style says so', () => {
  const plain = look({}).css
  assert.match(plain, /:root\{color-scheme:light;--paper:#ffffffff;/)
  assert.doesNotMatch(plain, /prefers-color-scheme/)
  assert.match(look({ categories: { global: { colorSchemeMode: 'DARK' } } }).css, /color-scheme:dark;--paper:#0f1b2aff/)
  const adaptive = look({ categories: { global: { colorSchemeMode: 'DYNAMIC' } } }).css
  assert.match(adaptive, /prefers-color-scheme:dark\)\{:root\{color-scheme:dark;--paper:#0f1b2aff/)
})

test('whatever else stands where a colour or a number should, is not printed', () => {
  const { css } = look({
    components: {
      pageBackground: { lightMode: { color: 'red}body{background:url(//evil.example)' }, darkMode: 7 },
      form: { borderRadius: '1px}*{display:none' },
    },
    categories: { form: { location: { horizontal: '0}*{display:none' } }, global: { spacingDensity: '</style>' } },
  })
  assert.doesNotMatch(css, /evil|\*\{display|<\/style/)
  assert.match(css, /--round-card:0px/)
  assert.match(css, /--space:2rem/)
})

test('pictures stand where the style has them and wants them, for a provider only its own', () => {
  const asset = (category: string, resourceId?: string) =>
    ({
      category,
      resourceId,
      colorMode: 'LIGHT',
      extension: 'PNG',
      imageId: `${category}-${resourceId ?? ''}`,
    }) as const
  const assets = [asset('EMAIL_GRAPHIC'), asset('IDP_BUTTON_ICON', 'Corp')]
  const usual = managedLook(completeSettings({}), assets, '/base')
  assert.match(usual.picture?.('EMAIL_GRAPHIC')?.html ?? '', /src="\/base\/assets\/image\?id=EMAIL_GRAPHIC-"/)
  assert.equal(usual.picture?.('SMS_GRAPHIC'), undefined)
  assert.match(usual.picture?.('IDP_BUTTON_ICON', 'Corp')?.html ?? '', /id=IDP_BUTTON_ICON-Corp/)
  assert.equal(usual.picture?.('IDP_BUTTON_ICON', 'Other'), undefined)
  const bare = managedLook(completeSettings({ categories: { form: { displayGraphics: false } } }), assets, '')
  assert.equal(bare.picture?.('EMAIL_GRAPHIC'), undefined)
})

test('providers stand where the order of the style has them', () => {
  const order = (...types: string[]) =>
    look({ categories: { auth: { authMethodOrder: [types.map((type) => ({ display: 'INPUT', type }))] } } })
      .providersFirst
  assert.equal(look({}).providersFirst, true)
  assert.equal(order('USERNAME_PASSWORD', 'FEDERATED'), false)
  assert.equal(order('USERNAME_PASSWORD'), false)
})
