import { inLightColours, paint, palette } from '../colours.ts'

type Value = string | number | null | undefined

/** Text of an element or attribute. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Coordinates to one decimal: a tenth of a pixel is not seen, and nothing is ever −0. */
export const near = (value: number): number => Math.round(value * 10) / 10 + 0

/** An SVG element. Numbers are rounded to one decimal; attributes that are null or undefined are left out. */
export const element = (name: string, attributes: Record<string, Value>, content = ''): string => {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [` ${key}="${typeof value === 'number' ? near(value) : escaped(value)}"`])
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`
}

export const textAt = (x: number, y: number, text: string, attributes: Record<string, Value> = {}): string =>
  element('text', { x, y, ...attributes }, escaped(text))

/** Width of a letter as a part of the font's size, in a font that is rather wide: the reader's is not known here. */
const letterWidth = (letter: string): number => (/[mwMW@%]/.test(letter) ? 0.98 : /[ijlI.,:;|'!]/.test(letter) ? 0.34 : /[ftr ()-]/.test(letter) ? 0.42 : 0.64)

const boldWidth = (letter: string): number => 1.12 * letterWidth(letter)

/** Pixels that a text takes, rather too many than too few. */
export const textWidth = (text: string, size: number, bold = false): number =>
  size * [...text].reduce((sum, letter) => sum + (bold ? boldWidth : letterWidth)(letter), 0)

/** The bold text, or as much of it as fits, with an ellipsis. */
export const fitted = (text: string, size: number, width: number): string => {
  if (textWidth(text, size, true) <= width) return text
  let kept = [...text]
  while (kept.length > 1 && textWidth(kept.join(''), size, true) > width - size) kept = kept.slice(0, -1)
  return `${kept.join('')}…`
}

/** Keeps words legible where they lie over shapes. */
export const halo = { stroke: paint('paper'), 'stroke-width': 3, 'paint-order': 'stroke', 'stroke-linejoin': 'round' }

const fonts = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif'

/** A drawing that stands alone, for download and print: light colours written out, on white, with a font of its own. */
export const standalone = (svg: string, title: string): string =>
  inLightColours(svg)
    .replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" font-family="${fonts}" `)
    .replace(/ (class|tabindex|data-x)="[^"]*"/g, '')
    .replace(/<\/?a\b[^>]*>/g, '')
    .replace(/^(<svg [^>]*>)/, `$1<title>${escaped(title)}</title><rect width="100%" height="100%" fill="${palette.paper[0]}"/>`)
