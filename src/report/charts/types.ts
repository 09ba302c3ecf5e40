import type { Bucket } from '../../../stats/index.ts'
import type { Scale } from '../../core/describe/wording.ts'
import type { Colour } from '../colours.ts'

/** A piece of a text: words, or a moment (milliseconds since 1970), which pages show in UTC and, on hover, in local time. */
export type Part = string | { at: number }

/**
 * A chart, drawn twice: 960 and 360 wide. Colours are custom properties, geometry is attributes, and the same input gives
 * the same bytes. Rows of the table are the points that the arrow keys step through, in order.
 */
export type Chart = {
  /** Unique on its page; ids inside the drawings begin with it. */
  id: string
  title: string
  svg: { wide: string; narrow: string }
  caption: Part[]
  table: Table
}

export type Table = { head: string[]; rows: Part[][] }

/** Something done or held back at a moment, numbered in the order of time; `decision` is its id in the ledger. */
export type Marker = { at: number; number: number; decision: number; label: string }

/** What is known of a difference at one moment. Null bounds are unbounded, a null estimate is unknown. */
export type EffectPoint = {
  at: number
  estimate: number | null
  lower: number | null
  upper: number | null
  /** Have all units that joined by then had their whole outcome window? */
  matured: boolean
  /** Points of two scopes are not joined: with a new scope counting begins anew. */
  scope?: number
}

export type EffectLine = {
  variant: string
  colour: Colour
  /** As an SVG attribute; null for an unbroken line. */
  dashes: string | null
  points: EffectPoint[]
}

/**
 * What decides at the end: the band, whenever it is read; the band as it was at looks that were planned (`nextAt`: units of
 * the pair, null where that is not told in units or none is left); evidence of which so much is needed; the chance to be
 * better, in [0, 1]; or nothing that is drawn.
 */
export type Rule =
  | { decides: 'band' }
  | { decides: 'looks'; taken: number; planned: number; nextAt: number | null }
  | { decides: 'evidence' | 'chance'; value: number | null; needed: number }
  | { decides: 'nothing' }

export type EffectInput = {
  id: string
  metric: string
  control: string
  /** What the numbers are read in; see core/wording. */
  scale: Scale
  /** In [0, 1]: 0.95 for 95 %. */
  coverage: number
  rule: Rule
  lines: EffectLine[]
  /** Harm that is tolerated, as a difference with its sign; null where none is declared. */
  margin: number | null
  markers: Marker[]
}

/** Parts of the whole at a moment, in force until the next one; null where they are not known. Known ones sum to 1. */
export type Step = { at: number; shares: number[] | null }

export type Band = { name: string; colour: Colour }

export type TrafficInput = {
  id: string
  /** From the bottom up; shares of a step are in this order. */
  bands: Band[]
  traffic: Step[]
  /** Null where no chances are computed at all. */
  best: Step[] | null
  /** Where the last step ends. */
  until: number
  markers: Marker[]
  /** Do the chances move the traffic? They never decide more than that. */
  chancesSteer: boolean
}

export type QuantileInput = {
  id: string
  metric: string
  /** In (0, 1), such as 0.95. */
  quantile: number
  /** `buckets`: values of the outcomes, counted; see stats/quantile. */
  variants: { name: string; colour: Colour; dashes: string | null; buckets: Bucket[] }[]
}
