/** What a column holds. `count`: a whole number as text, since it may be beyond what a double counts; `floats`: a list, or null. */
export type ColumnType = 'int' | 'count' | 'float' | 'floats' | 'text'

/** A number as JSON can say it: of doubles, minus zero is the only one that it would change. */
export type Cell = number | string | null | (number | '-0')[]

type Spec = { table: string; columns: Record<string, ColumnType>; keys: readonly string[] }

const place = { scope: 'int', epoch: 'int', variant: 'int' } as const
const sums = { n: 'count', sx: 'float', sy: 'float', sxx: 'float', sxy: 'float', syy: 'float' } as const
const metricKeys = ['scope', 'epoch', 'variant', 'metric', 'shard']

/**
 * The tables in which statistics are kept, by their name in a document. `keys` are unique together. Rows keep their shard:
 * numbers are summed in the order of shards, and only in the same order do doubles come to the same sum.
 */
export const stateTables = {
  moments: { table: 'rollups', columns: { ...place, metric: 'int', shard: 'int', ...sums }, keys: metricKeys },
  covariates: {
    table: 'covariate_rollups', keys: metricKeys,
    columns: { ...place, metric: 'int', shard: 'int', n: 'count', su: 'float', suu: 'float', sxu: 'float', syu: 'float', sxv: 'float', syv: 'float' },
  },
  segments: {
    table: 'segment_rollups', keys: [...metricKeys, 'segment', 'value'],
    columns: { ...place, metric: 'int', segment: 'int', value: 'int', shard: 'int', ...sums },
  },
  segmentValues: { table: 'segment_values', columns: { scope: 'int', segment: 'int', value: 'text', id: 'int' }, keys: ['scope', 'segment', 'value'] },
  sketches: {
    table: 'sketches', keys: [...metricKeys, 'bucket'],
    columns: { ...place, metric: 'int', bucket: 'int', shard: 'int', count: 'count' },
  },
  weighted: {
    table: 'weighted_rollups', keys: metricKeys,
    columns: {
      ...place, metric: 'int', shard: 'int', w: 'float', ww: 'float', wx: 'float', wy: 'float',
      wwx: 'float', wwy: 'float', wwxx: 'float', wwxy: 'float', wwyy: 'float',
    },
  },
  features: {
    table: 'feature_rollups', keys: ['scope', 'epoch', 'variant', 'shard'],
    columns: { ...place, shard: 'int', gram: 'floats', x: 'floats', y: 'floats' },
  },
  health: {
    table: 'ingest_health', keys: ['scope', 'epoch'],
    columns: { scope: 'int', epoch: 'int', late: 'count', crossed: 'count', rebuilt: 'count' },
  },
} as const satisfies Record<string, Spec>

export type StateTable = keyof typeof stateTables
export const stateTableNames = Object.keys(stateTables) as StateTable[]

/** Columns of a table in the order of its rows. */
export const columnsOf = (name: StateTable): [string, ColumnType][] => Object.entries(stateTables[name].columns)

/** A double as a document holds it. */
export const cellOf = (value: number): number | '-0' => (Object.is(value, -0) ? '-0' : value)

const isFloat = (cell: unknown): boolean => typeof cell === 'number' || cell === '-0'
const fits: Record<ColumnType, (cell: Cell) => boolean> = {
  int: (cell) => typeof cell === 'number' && Number.isInteger(cell) && Math.abs(cell) <= 2_147_483_647,
  count: (cell) => typeof cell === 'string' && /^-?\d{1,15}$/.test(cell),
  float: isFloat,
  floats: (cell) => cell === null || (Array.isArray(cell) && cell.every(isFloat)),
  text: (cell) => typeof cell === 'string' && cell.length <= 200,
}

/** What a row means must be there: its scope, with as many variants and metrics. */
export type Bounds = { scopes: ReadonlySet<number>; variants: number; metrics: number }

/** Columns that are kept in two bytes. */
const small = new Set(['variant', 'metric', 'shard', 'segment', 'value', 'bucket', 'id'])

const wrongIn = (name: StateTable, row: readonly Cell[], { scopes, variants, metrics }: Bounds): string | null => {
  const columns = columnsOf(name)
  if (row.length !== columns.length) return `expected ${columns.length} columns: ${columns.map(([column]) => column).join(', ')}`
  for (const [index, [column, type]] of columns.entries()) {
    const cell = row[index] ?? null
    if (!fits[type](cell)) return `${column} is no ${type}`
    if (type !== 'int') continue
    const value = cell as number
    if (column === 'scope' && !scopes.has(value)) return `there is no scope ${value}`
    if (column === 'epoch' && value < 0) return 'epoch is negative'
    // in a bake one more arm is counted, after the variants
    if (column === 'variant' && (value < 0 || value > variants)) return `there is no variant ${value}`
    if (column === 'metric' && (value < 0 || value > metrics)) return `there is no metric ${value}`
    if (small.has(column) && Math.abs(value) > 32_767) return `${column} is out of range`
  }
  return null
}

/** The first thing that is wrong with the rows of a table, with its row; null when they can be stored. */
export const wrongRow = (name: StateTable, rows: readonly (readonly Cell[])[], bounds: Bounds): { row: number; message: string } | null => {
  const columns = columnsOf(name).map(([column]) => column)
  const keys = stateTables[name].keys.map((key) => columns.indexOf(key))
  const seen = new Set<string>()
  for (const [index, row] of rows.entries()) {
    const wrong = wrongIn(name, row, bounds)
    if (wrong !== null) return { row: index, message: wrong }
    const key = keys.map((at) => String(row[at])).join('\0')
    if (seen.has(key)) return { row: index, message: 'is there twice' }
    seen.add(key)
  }
  return null
}

/**
 * Shards of imported rows, all below 0 and in the order that they had: what is counted here later is summed after them,
 * and verification knows by them what it cannot recount.
 */
export const importedShards = (shards: Iterable<number>): Map<number, number> => {
  const sorted = [...new Set(shards)].sort((one, other) => one - other)
  return new Map(sorted.map((shard, place) => [shard, place - sorted.length]))
}
