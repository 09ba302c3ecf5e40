import { near } from './svg.ts'

/** Styles that are attributes as well; a font's family comes from the page. */
const kept = new Set(['font-size', 'font-weight', 'font-style', 'opacity'])

const asAttributes = (style: string): string =>
  style.split(';').flatMap((one) => {
    const [name = '', value = ''] = one.split(':').map((side) => side.trim())
    return kept.has(name) && value !== '' ? [` ${name}="${value.replace(/px$/, '')}"`] : []
  }).join('')

/** Numbers of a geometry to one decimal. Colours and names of custom properties are left alone. */
const rounded = (geometry: string): string => geometry.replace(/-?\d+\.\d\d+(?:e-?\d+)?|-?\d+(?:\.\d+)?e-?\d+/g, (number) => String(near(Number(number))))

/** Attributes that say the same as none does here, or that only an interactive drawing needs. */
const idle = / (?:class|pointer-events|ecmeta_[\w-]+|xml:space)="[^"]*"/g

/**
 * What is inside ECharts' SVG, fit for a page with a strict policy: no styles, classes or data of its own, ids that begin
 * with `prefix` and count from 0, and one decimal. ECharts numbers its ids over the life of the process: renamed, the
 * same input gives the same bytes.
 */
export const tidied = (svg: string, prefix: string): string => {
  const ids = new Map<string, string>()
  const renamed = (id: string): string => {
    const known = ids.get(id) ?? `${prefix}-${ids.size}`
    ids.set(id, known)
    return known
  }
  return svg
    .replace(/^<svg [^>]*>(?:\s*<rect [^>]*fill="none"[^>]*><\/rect>)?/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(idle, '')
    .replace(/ style="([^"]*)"/g, (_, style: string) => asAttributes(style))
    .replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height|points)="([^"]*)"/g, (_, name: string, value: string) => ` ${name}="${rounded(value)}"`)
    .replace(/ id="([^"]*)"/g, (_, id: string) => ` id="${renamed(id)}"`)
    .replace(/url\(#([^)]*)\)/g, (_, id: string) => `url(#${renamed(id)})`)
    .replace(/<(\w+)([^>]*?) ?><\/\1>/g, '<$1$2/>')
    .replace(/ >/g, '>')
    .replace(/>\s*\n\s*/g, '>')
    .trim()
}
