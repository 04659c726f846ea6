/** A real Chromium, as npm brings it, with the web's own security left on. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/**
 * The package is made for Lambda, where everything is one process and nobody visits two sites. Here a context may close
 * without the browser, and a page that another origin must not read stays unread.
 */
const notWanted = [
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
]

/** Close it when done. `more`: flags of Chromium besides. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args.filter((arg) => !notWanted.includes(arg)), ...more],
    headless: true,
  })
}
