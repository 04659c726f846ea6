/** The look of managed login: the settings of a style as variables of the style sheet, light, dark or as the browser likes. */
import { imagePath } from '../../user-pools/branding/customization.ts'
import type { Document, Json } from '../../user-pools/branding/default-settings.ts'
import type { Asset } from '../../user-pools/branding/style.ts'
import { type Html, html } from '../html.ts'
import { layout } from '../style.ts'
import type { Look } from './look.ts'

type Scheme = 'LIGHT' | 'DARK'
const modes = { LIGHT: 'lightMode', DARK: 'darkMode' } as const

/** Each variable and the setting it is, by its path; `*` is the mode. */
const colors: Readonly<Record<string, string>> = {
  paper: 'components.pageBackground.*.color',
  card: 'components.form.*.backgroundColor',
  'card-line': 'components.form.*.borderColor',
  ink: 'components.pageText.*.headingColor',
  body: 'components.pageText.*.bodyColor',
  soft: 'components.pageText.*.descriptionColor',
  label: 'componentClasses.inputLabel.*.textColor',
  hint: 'componentClasses.inputDescription.*.textColor',
  field: 'componentClasses.input.*.defaults.backgroundColor',
  line: 'componentClasses.input.*.defaults.borderColor',
  link: 'componentClasses.link.*.defaults.textColor',
  'link-over': 'componentClasses.link.*.hover.textColor',
  focus: 'componentClasses.focusState.*.borderColor',
  mark: 'componentClasses.optionControls.*.selected.backgroundColor',
  act: 'components.primaryButton.*.defaults.backgroundColor',
  'on-act': 'components.primaryButton.*.defaults.textColor',
  'act-over': 'components.primaryButton.*.hover.backgroundColor',
  'on-act-over': 'components.primaryButton.*.hover.textColor',
  second: 'components.secondaryButton.*.defaults.backgroundColor',
  'on-second': 'components.secondaryButton.*.defaults.textColor',
  'second-line': 'components.secondaryButton.*.defaults.borderColor',
  'second-over': 'components.secondaryButton.*.hover.backgroundColor',
  'on-second-over': 'components.secondaryButton.*.hover.textColor',
  'second-line-over': 'components.secondaryButton.*.hover.borderColor',
  idp: 'components.idpButton.standard.*.defaults.backgroundColor',
  'on-idp': 'components.idpButton.standard.*.defaults.textColor',
  'idp-line': 'components.idpButton.standard.*.defaults.borderColor',
  'idp-over': 'components.idpButton.standard.*.hover.backgroundColor',
  'on-idp-over': 'components.idpButton.standard.*.hover.textColor',
  'idp-line-over': 'components.idpButton.standard.*.hover.borderColor',
  bad: 'components.alert.*.error.borderColor',
  'bad-paper': 'components.alert.*.error.backgroundColor',
  'on-bad': 'components.pageText.*.headingColor',
  'on-alert': 'components.pageText.*.headingColor',
  good: 'componentClasses.statusIndicator.*.success.borderColor',
  'good-paper': 'componentClasses.statusIndicator.*.success.backgroundColor',
  divider: 'componentClasses.divider.*.borderColor',
  head: 'components.pageHeader.*.background.color',
  'head-line': 'components.pageHeader.*.borderColor',
  foot: 'components.pageFooter.*.background.color',
  'foot-line': 'components.pageFooter.*.borderColor',
}

const radii: Readonly<Record<string, string>> = {
  'round-card': 'components.form.borderRadius',
  'round-input': 'componentClasses.input.borderRadius',
  'round-button': 'componentClasses.buttons.borderRadius',
  'round-alert': 'components.alert.borderRadius',
}

const idpButton = `.second.idpButton-customizable,.second.socialButton-customizable{color:var(--on-idp);background:var(--idp);border-color:var(--idp-line)}.second.idpButton-customizable:hover,.second.socialButton-customizable:hover{color:var(--on-idp-over);background:var(--idp-over);border-color:var(--idp-line-over)}\n`

const spaces: Readonly<Record<string, string>> = { COMPACT: '1.25rem', REGULAR: '2rem', SPACIOUS: '3rem' }
const places: Readonly<Record<string, string>> = { START: 'start', CENTER: 'center', END: 'end' }

/** The setting at a path; whatever it is, it is looked at before it is printed. */
function at(settings: Document, path: string): Json | undefined {
  let value: Json | undefined = settings
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = Object.hasOwn(value, key) ? (value as Document)[key] : undefined
  }
  return value
}

const isOn = (settings: Document, path: string) => at(settings, path) === true
const choice = (settings: Document, path: string) => String(at(settings, path))

function variables(settings: Document, scheme: Scheme): string {
  const pairs = Object.entries(colors).map(([name, path]) => {
    const color = at(settings, path.replace('*', modes[scheme]))
    return typeof color === 'string' && /^[0-9a-f]{8}$/i.test(color) ? `--${name}:#${color}` : ''
  })
  return `color-scheme:${scheme.toLowerCase()};${pairs.filter(Boolean).join(';')}`
}

const media = '@media (prefers-color-scheme:dark)'

/** Whether providers stand before the name and password. */
function comesFirst(settings: Document): boolean {
  const order = JSON.stringify(at(settings, 'categories.auth.authMethodOrder') ?? [])
  const [federated, own] = [order.indexOf('"FEDERATED"'), order.indexOf('"USERNAME_PASSWORD"')]
  return federated >= 0 && own >= 0 && federated < own
}

/** `settings` are complete; `base` is where the pages are. */
export function managedLook(settings: Document, assets: readonly Asset[], base: string): Look {
  const mode = choice(settings, 'categories.global.colorSchemeMode')
  const adaptive = mode === 'DYNAMIC'
  const scheme: Scheme = mode === 'DARK' ? 'DARK' : 'LIGHT'
  const src = ({ imageId }: Asset) => `${base}${imagePath(imageId)}`
  const asset = (category: string, wanted: Scheme = scheme, resource?: string): Asset | undefined => {
    const all = assets.filter((one) => one.category === category && (!resource || one.resourceId === resource))
    return (
      all.find(({ colorMode }) => colorMode === wanted) ??
      all.find(({ colorMode }) => colorMode === 'DYNAMIC') ??
      all[0]
    )
  }
  const behind = (category: string, selector: string): string => {
    const rule = (one: Asset) =>
      `${selector}{background-image:url("${src(one)}");background-size:cover;background-position:center}`
    const [usual, dark] = [asset(category), adaptive ? asset(category, 'DARK') : undefined]
    return `${usual ? rule(usual) : ''}${dark && dark !== usual ? `${media}{${rule(dark)}}` : ''}`
  }
  /** The image for the scheme the browser is in. Never told aloud: the page says everything in words. */
  const picture = (category: string, classes: string, resource?: string): Html | undefined => {
    const usual = asset(category, scheme, resource)
    const dark = adaptive ? asset(category, 'DARK', resource) : undefined
    if (!usual) return undefined
    const source = dark && dark !== usual && html`<source media="(prefers-color-scheme:dark)" srcset="${src(dark)}">`
    return html`<picture>${source}<img class="${classes}" src="${src(usual)}" alt=""></picture>`
  }
  const logo = (category: string, part: string): Html | undefined => {
    const place = places[choice(settings, `components.${part}.logo.location`)] ?? 'center'
    return isOn(settings, `components.${part}.logo.enabled`) ? picture(category, `logo ${place}`) : undefined
  }
  const shows = (category: string): boolean =>
    category === 'IDP_BUTTON_ICON'
      ? isOn(settings, 'componentClasses.idpButtons.icons.enabled')
      : isOn(settings, 'categories.form.displayGraphics')
  const band = (part: 'pageHeader' | 'pageFooter', tag: 'head' | 'foot'): Html | undefined =>
    isOn(settings, `categories.global.${part}.enabled`)
      ? html`<div class="band ${tag}">${logo(`${part === 'pageHeader' ? 'PAGE_HEADER' : 'PAGE_FOOTER'}_LOGO`, part)}</div>`
      : undefined
  const rounds = Object.entries(radii).map(([name, path]) => `--${name}:${Number(at(settings, path)) || 0}px`)
  const space = spaces[choice(settings, 'categories.global.spacingDensity')] ?? '2rem'
  const across = choice(settings, 'categories.form.location.horizontal')
  const down = choice(settings, 'categories.form.location.vertical')
  const margins = `margin-block:${down === 'START' ? '0 auto' : down === 'END' ? 'auto 0' : 'auto'};margin-inline:${across === 'START' ? '0 auto' : across === 'END' ? 'auto 0' : 'auto'}`
  const css = [
    layout,
    `:root{${variables(settings, scheme)};${rounds.join(';')};--space:${space}}`,
    adaptive ? `${media}{:root{${variables(settings, 'DARK')}}}` : '',
    `main{${margins}}`,
    '.band.head{background-color:var(--head);border-color:var(--head-line);border-bottom-width:1px}',
    '.band.foot{background-color:var(--foot);border-color:var(--foot-line);border-top-width:1px}',
    idpButton,
    isOn(settings, 'components.pageBackground.image.enabled') ? behind('PAGE_BACKGROUND', 'body') : '',
    isOn(settings, 'components.form.backgroundImage.enabled') ? behind('FORM_BACKGROUND', '.card') : '',
    isOn(settings, 'components.pageHeader.backgroundImage.enabled')
      ? behind('PAGE_HEADER_BACKGROUND', '.band.head')
      : '',
    isOn(settings, 'components.pageFooter.backgroundImage.enabled')
      ? behind('PAGE_FOOTER_BACKGROUND', '.band.foot')
      : '',
  ].join('\n')
  const ours = logo('FORM_LOGO', 'form')
  const [within, below] = [
    choice(settings, 'components.form.logo.formInclusion') !== 'OUT',
    choice(settings, 'components.form.logo.position') === 'BOTTOM',
  ]
  const icon = (one: Asset | undefined) => one && html`<link rel="icon" href="${src(one)}">`
  return {
    css,
    images: assets.length > 0,
    icons: html`${icon(asset('FAVICON_ICO'))}${icon(asset('FAVICON_SVG'))}`,
    header: html`${band('pageHeader', 'head')}${!within && !below && ours}`,
    footer: html`${!within && below && ours}${band('pageFooter', 'foot')}`,
    top: within && !below ? ours : undefined,
    bottom: within && below ? ours : undefined,
    picture: (category, resource) =>
      shows(category) ? picture(category, resource === undefined ? 'graphic' : 'icon', resource) : undefined,
    providersFirst: comesFirst(settings),
  }
}
