/** The classic look: light and dark of our own; with a pool's CSS and logo upon it, light only, as that CSS was made for. */
import { printCss, readCss } from '../../user-pools/branding/css.ts'
import { type Customization, imagePath } from '../../user-pools/branding/customization.ts'
import { html } from '../html.ts'
import { layout } from '../style.ts'
import type { Look } from './look.ts'

const light = `--ink:#16202c;--body:#16202c;--soft:#51606f;--paper:#f3f5f8;--card:#fff;--card-line:#dde3ea;--field:#fff;--line:#7d8a98;--label:#16202c;--hint:#51606f;--link:#1d59b3;--link-over:#123f82;--focus:#1d59b3;--mark:#1d59b3;--act:#1d59b3;--on-act:#fff;--act-over:#123f82;--on-act-over:#fff;--second:#fff;--on-second:#1d59b3;--second-line:#1d59b3;--second-over:#eaf1fb;--on-second-over:#123f82;--second-line-over:#123f82;--bad:#a4161a;--bad-paper:#fdecec;--on-bad:#a4161a;--good:#2b7a43;--good-paper:#e6f4ea;--on-alert:#16202c;--divider:#dde3ea;--round-card:.75rem;--round-input:.5rem;--round-button:.5rem;--round-alert:.5rem;--space:2rem`
const dark = `--ink:#e8edf3;--body:#e8edf3;--soft:#aab7c4;--paper:#11161c;--card:#1b232c;--card-line:#2b3641;--field:#141b23;--line:#76869a;--label:#e8edf3;--hint:#aab7c4;--link:#8ab8ff;--link-over:#b9d4ff;--focus:#8ab8ff;--mark:#8ab8ff;--act:#8ab8ff;--on-act:#0c1a2e;--act-over:#b9d4ff;--on-act-over:#0c1a2e;--second:#1b232c;--on-second:#8ab8ff;--second-line:#8ab8ff;--second-over:#25303c;--on-second-over:#b9d4ff;--second-line-over:#b9d4ff;--bad:#ffb4ab;--bad-paper:#41181a;--on-bad:#ffb4ab;--good:#7ccf97;--good-paper:#173322;--on-alert:#e8edf3;--divider:#2b3641`

const base = `${layout}:root{color-scheme:light;${light}}\n`
const plain: Look = {
  css: `${base}:root{color-scheme:light dark}@media (prefers-color-scheme:dark){:root{${dark}}}\n`,
  images: false,
}

/** unproved: the banner's colour where a pool sets none; AWS's template has light grey. */
const banner = `.banner-customizable{padding:1.25rem;margin:calc(-1*var(--space)) calc(-1*var(--space)) 1.25rem;border-radius:var(--round-card) var(--round-card) 0 0;text-align:center}.banner-customizable .logo{margin-bottom:0}\n`

/** `at` is where the pages are. */
export function classicLook(custom: Customization | undefined, at: string): Look {
  if (!custom) return plain
  const { css, imageId } = custom
  const logo =
    imageId !== undefined && html`<img class="logo logo-customizable" src="${at}${imagePath(imageId)}" alt="">`
  return {
    css: `${base}${banner}${css === undefined ? '' : printCss(readCss(css))}`,
    images: imageId !== undefined,
    top: html`<div class="banner-customizable">${logo}</div>`,
  }
}

/** For pages that belong to no client. */
export const plainLook = plain
