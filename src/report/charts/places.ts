import type { Range } from './values.ts'

/** A part of a band: from x to x, and how high it lies there; pixels, y growing downwards. */
export type Slab = { from: number; to: number; lower: number; upper: number }

/**
 * Where a name lies best inside a band: in the middle of its roomiest stretch, at a height that is inside all along.
 * Null where no stretch holds a text of this width and height.
 */
export const centreIn = (slabs: readonly Slab[], width: number, height: number): { x: number; y: number } | null => {
  let best: { x: number; y: number; room: number } | null = null
  for (let first = 0; first < slabs.length; first++) {
    const inside: Range = { lower: -Infinity, upper: Infinity }
    for (let last = first; last < slabs.length; last++) {
      const slab = slabs[last] as Slab
      if (last > first && slab.from > (slabs[last - 1] as Slab).to + 0.01) break
      inside.lower = Math.max(inside.lower, slab.lower)
      inside.upper = Math.min(inside.upper, slab.upper)
      const [high, long] = [inside.upper - inside.lower, slab.to - (slabs[first] as Slab).from]
      if (high < height) break
      const room = Math.min(high, 3 * height) * Math.min(long, 3 * width)
      if (long >= width && (!best || room > best.room)) {
        best = { x: (slab.to + (slabs[first] as Slab).from) / 2, y: (inside.lower + inside.upper) / 2, room }
      }
      // longer is no better, and only lower
      if (long >= 3 * width) break
    }
  }
  return best && { x: best.x, y: best.y }
}
