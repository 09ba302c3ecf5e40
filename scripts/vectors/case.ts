import { z } from 'zod'

/** One reference case: a method by name, its inputs, and the numbers somebody else's code gives for them. */
export const ReferenceCase = z.object({
  id: z.string(),
  method: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.json(),
  tolerance: z.object({ kind: z.enum(['abs', 'rel']), value: z.number().nonnegative() }),
})
export type ReferenceCase = z.infer<typeof ReferenceCase>

export const ReferenceFile = z
  .object({ title: z.string(), cases: z.array(z.looseObject(ReferenceCase.shape)) })
  .transform(({ title, cases }) => {
    const known = new Map(cases.map((reference) => [reference.id, reference]))
    return { title, cases: cases.map((reference) => ({ ...reference, inputs: followed(reference.inputs, known) })) }
  })

/** Inputs that say "see <id>" stand for all the inputs of that case, beside what the case tells of its own. */
const followed = (inputs: Inputs, known: ReadonlyMap<string, Pick<ReferenceCase, 'inputs'>>, depth = 0): Inputs => {
  let whole: Inputs = {}
  const own: Inputs = {}
  for (const [name, value] of Object.entries(inputs)) {
    const other = typeof value === 'string' ? known.get(/^(?:see|as) (\S+)$/.exec(value)?.[1] ?? '') : undefined
    if (other && depth < 10) whole = { ...followed(other.inputs, known, depth + 1), ...whole }
    else own[name] = value
  }
  return { ...whole, ...own }
}

type Json = ReferenceCase['expected']

export type Inputs = ReferenceCase['inputs']

/** What an adapter tells: it may name more than a case asks for. */
export type Told = number | boolean | string | null | readonly Told[] | { readonly [key: string]: Told }

/** Computes what a method gives for a case's inputs, through the public functions of `stats`. */
export type Adapter = (inputs: Inputs) => Told

/** Methods of one subject: which names (exact, or a pattern where they carry numbers) run through which adapter. */
export type Methods = readonly (readonly [name: string | RegExp, adapter: Adapter])[]

/** The adapter of the first entry that a method's name fits. */
export const adapterFor = (methods: Methods, method: string): Adapter | null =>
  methods.find(([name]) => (typeof name === 'string' ? name === method : name.test(method)))?.[1] ?? null

export type Outcome = { verdict: 'passed' | 'failed' | 'not implemented'; detail: string }

/** Run one case; `failed` tells the first value that is off, `not implemented` that no adapter knows the method. */
export const runCase = (reference: ReferenceCase, methods: Methods): Outcome => {
  const adapter = adapterFor(methods, reference.method)
  if (!adapter) return { verdict: 'not implemented', detail: reference.method }
  try {
    const detail = firstDifference(adapter(reference.inputs), reference.expected, reference.tolerance)
    return { verdict: detail === null ? 'passed' : 'failed', detail: detail ?? '' }
  } catch (error) {
    return { verdict: 'failed', detail: String(error) }
  }
}

type Tolerance = ReferenceCase['tolerance']

/** Where a value first departs from what is expected, as a path and both values; null when it does not. */
export const firstDifference = (got: Told | undefined, want: Json, tolerance: Tolerance, path = ''): string | null => {
  if (typeof want === 'number') {
    return typeof got === 'number' && close(got, want, tolerance) ? null : `${path} ${String(got)} instead of ${want}`
  }
  if (typeof want !== 'object' || want === null) {
    return got === want ? null : `${path} ${String(got)} instead of ${String(want)}`
  }
  if (typeof got !== 'object' || got === null) return `${path} ${String(got)} instead of ${JSON.stringify(want)}`
  if (Array.isArray(want) && (got as readonly Told[]).length !== want.length) {
    return `${path} ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`
  }
  const inside = got as Readonly<Record<string, Told>>
  for (const [key, value] of Object.entries(want)) {
    const difference = firstDifference(inside[key], value, tolerance, path ? `${path}.${key}` : key)
    if (difference !== null) return difference
  }
  return null
}

const close = (got: number, want: number, tolerance: Tolerance): boolean => {
  if (got === want) return true
  // nothing is relatively close to 0
  const scale = tolerance.kind === 'rel' && want !== 0 ? Math.abs(want) : 1
  return Math.abs(got - want) <= tolerance.value * scale
}
