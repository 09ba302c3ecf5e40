/**
 * Colours of the pages, light and dark. Verdicts and variants were measured: verdicts have a contrast of at least 6 : 1
 * on both papers, and stay apart (Lab distance 83 and more) for people who see no red, green or blue. Variants avoid the
 * hues of verdicts; they do not always stay apart, so charts name each of them beside its line, and dash it.
 */
export const palette = {
  paper: ['#ffffff', '#14171c'],
  panel: ['#f6f7f9', '#1d2128'],
  ink: ['#1b1e24', '#e8ebf0'],
  quiet: ['#565c68', '#a9b1bd'],
  rule: ['#d9dce2', '#363c46'],
  better: ['#0b5cad', '#6db3ff'],
  worse: ['#a83a05', '#ff9a5c'],
  control: ['#5b6470', '#a3acb8'],
  'variant-1': ['#9224a8', '#d58ae6'],
  'variant-2': ['#00755a', '#57d9a0'],
  'variant-3': ['#570520', '#f2c40d'],
} as const satisfies Record<string, readonly [light: string, dark: string]>

export type Colour = keyof typeof palette

/** How a style or an SVG attribute names a colour, so that one drawing serves both themes. */
export const paint = (colour: Colour): string => `var(--${colour})`

/** Colour of a variant by its place among the candidates, from 0; the fourth candidate begins again, with other dashes. */
export const candidateColour = (place: number): Colour => (['variant-1', 'variant-2', 'variant-3'] as const)[place % 3] ?? 'variant-1'

/** Dashes of a candidate's line, as an SVG attribute says them; null for an unbroken one. */
export const candidateDashes = (place: number): string | null => [null, '7 3', '2 3'][Math.floor(place / 3) % 3] ?? null

const values = (theme: 0 | 1): string => Object.entries(palette).map(([name, pair]) => `--${name}: ${pair[theme]};`).join(' ')

/** What people who choose their own colours see: theirs. */
const forced = Object.keys(palette)
  .map((name) => `--${name}: ${name === 'paper' || name === 'panel' ? 'Canvas' : 'CanvasText'};`).join(' ')

/** The colours as custom properties: light, dark where preferred, light on paper, and the reader's own where forced. */
export const colourTokens = `
:root { ${values(0)} }
@media (prefers-color-scheme: dark) { :root { ${values(1)} } }
@media print { :root { ${values(0)} } }
@media (forced-colors: active) { :root { ${forced} } }
`

/** Put colours of the light theme in the place of custom properties: what leaves the page has no stylesheet. */
export const inLightColours = (text: string): string =>
  text.replace(/var\(--([\w-]+)\)/g, (found, name: string) => (name in palette ? palette[name as Colour][0] : found))
