/**
 * `npm run screenshots`: takes docs/screenshots/ anew, each page of hosted login in light and dark, on a desk and on a
 * phone; with a word behind it, those whose names contain it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import {
  type Brand,
  type Branded,
  brands,
  bring,
  dressClassic,
  makeBranded,
  namesFor,
} from '../test/pages/every-page.ts'
import { openPages, type Pages } from '../test/pages/site.ts'

const folder = new URL('../docs/screenshots/', import.meta.url)
const largest = 60_000
const sizes = { desk: { width: 960, height: 680 }, phone: { width: 390, height: 680 } }
const views = [
  ['desk', 'light'],
  ['phone', 'light'],
  ['desk', 'dark'],
  ['phone', 'dark'],
] as const

/** The same page four times. */
async function shoot(page: Page): Promise<string[]> {
  const shots: string[] = []
  for (const [size, colorScheme] of views) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(sizes[size])
    shots.push((await page.screenshot({ fullPage: true })).toString('base64'))
  }
  return shots
}

/** The four side by side, at half their size, as one WebP. */
async function mount(browser: Browser, shots: readonly string[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1420, height: 400 } })
  try {
    const images = shots.map((shot, index) => {
      const [size] = views[index] ?? ['desk']
      return `<img src="data:image/png;base64,${shot}" width="${sizes[size].width / 2}">`
    })
    await page.setContent(
      `<!doctype html><style>body{margin:0;padding:8px;display:flex;gap:8px;align-items:flex-start;background:#c9ced6;width:fit-content}</style>${images.join('')}`,
    )
    const body = page.locator('body')
    const box = (await body.boundingBox()) ?? { x: 0, y: 0, width: 1420, height: 400 }
    const session = await page.context().newCDPSession(page)
    for (const quality of [80, 60, 40, 20]) {
      const { data } = await session.send('Page.captureScreenshot', {
        ...{ format: 'webp', quality, captureBeyondViewport: true },
        clip: { ...box, scale: 1 },
      })
      const bytes = Buffer.from(data, 'base64')
      if (bytes.length < largest) return bytes
    }
    throw new Error('A picture is too large at any quality.')
  } finally {
    await page.close()
  }
}

const [only = ''] = process.argv.slice(2)
const pages = await openPages()
if (only === '') rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
try {
  const branded = new Map<Brand, Branded>()
  for (const brand of brands) {
    const made = await makeBranded(pages, brand)
    branded.set(brand, made)
    for (const name of namesFor(brand)) await take(`${brand}-${name}`, (page) => bring(name, page, made, pages))
  }
  const speak = (lang: string) => async (page: Page) => {
    await page.goto(branded.get('managed')?.strict.address('/login', { lang }) ?? '')
  }
  await take('managed-sign-in-right-to-left', speak('ar'))
  await take('managed-sign-in-japanese', speak('ja'))
  const own = await pages.make()
  await dressClassic(pages, own)
  await take('classic-sign-in-own-css', async (page) => {
    await page.goto(own.address('/login'))
  })
} finally {
  await pages.close()
}

async function take(name: string, reach: (page: Page, pages: Pages) => Promise<unknown>): Promise<void> {
  if (!name.includes(only)) return
  const bytes = await pages.visit(
    async (page) => {
      await reach(page, pages)
      return mount(pages.browser, await shoot(page))
    },
    { javaScriptEnabled: true },
  )
  writeFileSync(new URL(`${name}.webp`, folder), bytes)
  process.stdout.write(`${name} ${Math.round(bytes.length / 1000)} KB\n`)
}
