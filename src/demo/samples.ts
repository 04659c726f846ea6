/** The pictures that everybody may see: small landscapes drawn in code, so that a fresh bucket is not an empty one. */

type Picture = { readonly key: string; readonly svg: string }

type Scene = {
  readonly name: string
  readonly title: string
  /** From the top of the sky to the horizon. */
  readonly sky: readonly [string, string, string]
  readonly sun: { readonly x: number; readonly y: number; readonly r: number; readonly colour: string }
  /** Ridges from the farthest to the nearest: height of the crest, how rough, colour. */
  readonly ridges: readonly (readonly [crest: number, rough: number, colour: string])[]
  readonly seed: number
}

const [width, height] = [960, 720]

const scenes: readonly Scene[] = [
  {
    name: 'dawn-over-the-bay',
    title: 'Dawn over the bay',
    sky: ['#27406b', '#c9748c', '#ffd9a0'],
    sun: { x: 640, y: 330, r: 58, colour: '#fff1cf' },
    ridges: [
      [400, 34, '#9a6b8f'],
      [470, 26, '#6b4f7f'],
      [560, 18, '#443a66'],
      [640, 12, '#2a2749'],
    ],
    seed: 11,
  },
  {
    name: 'pine-ridge',
    title: 'Pine ridge',
    sky: ['#8fd0e6', '#c9ecf0', '#f6f7e6'],
    sun: { x: 250, y: 190, r: 48, colour: '#ffffff' },
    ridges: [
      [330, 60, '#a9cfd0'],
      [420, 46, '#73aaa6'],
      [510, 38, '#3f7f78'],
      [610, 30, '#1d5650'],
    ],
    seed: 29,
  },
  {
    name: 'desert-noon',
    title: 'Desert, noon',
    sky: ['#3aa0c9', '#a8dbe2', '#fbe6c2'],
    sun: { x: 700, y: 150, r: 54, colour: '#fff7d6' },
    ridges: [
      [420, 16, '#e9b778'],
      [500, 22, '#d8945a'],
      [590, 16, '#b8693f'],
      [660, 10, '#8a4630'],
    ],
    seed: 47,
  },
  {
    name: 'moonlit-lake',
    title: 'Moonlit lake',
    sky: ['#0b1330', '#1d2f5f', '#42639a'],
    sun: { x: 330, y: 170, r: 42, colour: '#eef3ff' },
    ridges: [
      [390, 52, '#2c4577'],
      [470, 34, '#1e3159'],
      [570, 8, '#152444'],
      [650, 5, '#0d1830'],
    ],
    seed: 73,
  },
]

/** Numbers from 0 to 1, the same ones for the same seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function ridge(next: () => number, crest: number, rough: number, colour: string): string {
  const waves = [1.3, 2.7, 5.1, 9.7].map((frequency, index) => ({
    frequency,
    phase: next() * Math.PI * 2,
    size: rough / (index + 1),
  }))
  const at = (x: number) =>
    waves.reduce(
      (y, { frequency, phase, size }) => y + Math.sin((x / width) * Math.PI * 2 * frequency + phase) * size,
      crest,
    )
  const points = Array.from({ length: 61 }, (_, step) => (step * width) / 60).map((x) => `${x} ${at(x).toFixed(1)}`)
  return `<path fill="${colour}" d="M0 ${height}L${points.join('L')}L${width} ${height}Z"/>`
}

function draw({ title, sky, sun, ridges, seed }: Scene): string {
  const next = numbers(seed)
  const stops = sky.map((colour, index) => `<stop offset="${[0, 0.38, 0.62][index]}" stop-color="${colour}"/>`).join('')
  const glow = [3.4, 2.2, 1.5]
    .map((size) => `<circle cx="${sun.x}" cy="${sun.y}" r="${sun.r * size}" fill="${sun.colour}" opacity=".1"/>`)
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><title>${title}</title><defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stops}</linearGradient></defs><rect width="${width}" height="${height}" fill="url(#sky)"/>${glow}<circle cx="${sun.x}" cy="${sun.y}" r="${sun.r}" fill="${sun.colour}"/>${ridges
    .map(([crest, rough, colour]) => ridge(next, crest, rough, colour))
    .join('')}</svg>`
}

export const samplePictures = (): readonly Picture[] =>
  scenes.map((scene) => ({ key: `public/${scene.name}.svg`, svg: draw(scene) }))
