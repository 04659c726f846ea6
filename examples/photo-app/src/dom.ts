/** Elements without a framework: `h` makes them, `icon` draws, `say` tells what happened to eyes and screen readers alike. */

export type Child = Node | string | false | undefined

type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>

/** An element; functions become listeners (`onclick`), false and undefined attributes are left out. Text is only ever text. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

const paths = {
  upload: 'M12 16V5m0 0 4.5 4.5M12 5 7.5 9.5M5 16v2.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V16',
  bin: 'M4.5 7h15M10 11v5.5M14 11v5.5M6.5 7l.8 11.6A1.5 1.5 0 0 0 8.8 20h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7M9 7V5.5A1.5 1.5 0 0 1 10.5 4h3A1.5 1.5 0 0 1 15 5.5V7',
  lock: 'M7.5 11V8a4.5 4.5 0 0 1 9 0v3M6.5 11h11A1.5 1.5 0 0 1 19 12.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11Z',
  check: 'm5.5 12.5 4.5 4.5 8.5-9.5',
  close: 'M6.5 6.5l11 11m0-11-11 11',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  picture:
    'M6.5 5h11A2.5 2.5 0 0 1 20 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 16.5v-9A2.5 2.5 0 0 1 6.5 5ZM4.5 16l4-4 3.5 3.5 3-3 4.5 4.500M15.5 9h.01',
  mail: 'M5.5 6h13A1.5 1.5 0 0 1 20 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 16.5v-9A1.5 1.5 0 0 1 5.5 6Zm-1 1.5 7.5 6 7.5-6',
} as const

export type Icon = keyof typeof paths

/** A line drawing in the colour of the text around it; decoration, so hidden from screen readers. */
export function icon(name: Icon): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const drawing = document.createElementNS(space, 'svg')
  drawing.setAttribute('viewBox', '0 0 24 24')
  drawing.setAttribute('class', 'icon')
  drawing.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(space, 'path')
  line.setAttribute('d', paths[name])
  drawing.append(line)
  return drawing
}

let fading: ReturnType<typeof setTimeout> | undefined

/** Says it in the status line, which screen readers read out. */
export function say(text: string): void {
  const status = document.getElementById('status')
  if (!status) return
  status.textContent = text
  status.classList.add('shown')
  clearTimeout(fading)
  fading = setTimeout(() => status.classList.remove('shown'), 6000)
}
