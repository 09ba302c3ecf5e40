import type { Panel } from './shapes.ts'
import { element, escaped, near } from './svg.ts'
import { tidied } from './tidy.ts'

/** A drawing's size, and the panel in it that holds the data; pixels. */
export type Frame = { width: number; height: number; left: number; right: number; top: number; bottom: number }

/** How wide a chart is drawn: for a page, and for a phone. */
export type Size = 'wide' | 'narrow'

export const widths: Record<Size, number> = { wide: 960, narrow: 360 }

/** Panels in a drawing of this size. ECharts is loaded when the first chart is drawn: who only assigns never pays for it. */
export const painted = async (panels: readonly Panel[], { width, height }: Pick<Frame, 'width' | 'height'>, prefix: string): Promise<string> => {
  const { render } = await import('./engine.ts')
  return tidied(render(panels, width, height), prefix)
}

type Parts = {
  id: string
  size: Size
  frame: Pick<Frame, 'width' | 'height'>
  title: string
  description: string
  /** Shapes and words of the drawing itself: read to nobody, since the table says them better. */
  drawing: string
  /** Links that lie over it. */
  links: string
  /** Where the table's rows are, in pixels from the left. */
  points: readonly number[]
}

/**
 * The whole drawing: a named group that takes the focus, so that arrow keys can step through its points. Not role=img,
 * which would hide the links in it.
 */
export const drawing = ({ id, size, frame, title, description, drawing: shapes, links, points }: Parts): string => {
  const name = `${id}-${size}`
  return element('svg', {
    class: `chart ${size}`, viewBox: `0 0 ${frame.width} ${frame.height}`, width: frame.width, height: frame.height,
    role: 'group', 'aria-roledescription': 'chart', 'aria-label': title, 'aria-describedby': `${name}-about`, tabindex: '0',
    'data-x': points.map(near).join(' '),
  }, `<desc id="${name}-about">${escaped(description)}</desc><g aria-hidden="true">${shapes}</g>${links}`)
}
