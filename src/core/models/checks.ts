import { z } from 'zod'
import type { Json } from '../../assign/snapshot.ts'
import type { Violation } from '../../errors.ts'
import { plural } from '../describe/wording.ts'

/** Names of checks: `safety/toxicity`, `latency-p95`. */
export const CheckName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, 'expected 1 to 100 of A-Z a-z 0-9 . _ : / - beginning with a letter or digit')
export const Requires = z.array(CheckName).max(50).refine((names) => new Set(names).size === names.length, { message: 'names a check twice' })
  .describe('names of checks that a version must pass before it serves anybody')

/** Only `pass` passes. */
export const CheckStatus = z.enum(['pass', 'fail', 'error', 'running', 'skipped'])
export type CheckStatus = z.infer<typeof CheckStatus>

/** What a pipeline tells of a version before it serves anybody. */
export const CreateCheck = z.strictObject({
  name: CheckName,
  status: CheckStatus.describe('only `pass` passes'),
  evidence: (z.json() as z.ZodType<Json>).optional().describe('figures, or where they are; kept as it is'),
  digest: z.string().min(1).max(200).optional().describe('of what was checked; where it is not that of the version, the check does not count'),
  at: z.iso.datetime({ offset: true }).optional().describe('when it was checked: the latest counts; default now'),
})
export type CreateCheck = z.infer<typeof CreateCheck>

export const Ready = z.strictObject({ ready: z.boolean() })

/** How a check of a name stands: `outdated` was of another record or artifact, null never came. */
export type CheckStanding = { name: string; status: CheckStatus | 'outdated' | null }

/**
 * What is known of a version that an experiment serves: the checks it needs, those that some stage requires, and whether it
 * says that it is warm.
 */
export type VersionGate = { version: string; ready: boolean; checks: readonly CheckStanding[]; stageChecks?: readonly CheckStanding[] }

/** What keeps one variant from serving anybody. */
export type Missing = { variant: string; version: string; checks: CheckStanding[]; warming: boolean }

const failing = (gate: VersionGate | undefined): CheckStanding[] => (gate?.checks ?? []).filter(({ status }) => status !== 'pass')

/**
 * What keeps the variants of an experiment from serving anybody. The champion needs no checks here, since it serves
 * already; a variant with `warm` needs its version's word that it is ready.
 *
 * @param gates of the versions that the variants serve
 * @param champion the version that serves now, null where there is none
 */
export const missingOf = (
  variants: readonly { key: string; version: string; warm?: boolean | undefined }[], gates: readonly VersionGate[], champion: string | null,
): Missing[] =>
  variants.flatMap(({ key, version, warm }) => {
    const gate = gates.find((one) => one.version === version)
    const checks = version === champion ? [] : failing(gate)
    const warming = warm === true && gate?.ready !== true
    return checks.length > 0 || warming ? [{ variant: key, version, checks, warming }] : []
  })

/**
 * What the variants lack of the checks that a stage requires; the champion needs none.
 *
 * @param gates of the versions that the variants serve; absent: nothing is lacking
 */
export const lackingOf = (
  names: readonly string[], variants: readonly { key: string; version: string }[], gates: readonly VersionGate[] | undefined, champion: string | null,
): Missing[] => {
  if (names.length === 0 || gates === undefined) return []
  return variants.flatMap(({ key, version }) => {
    const known = gates.find((one) => one.version === version)?.stageChecks ?? []
    const standings = names.map((name): CheckStanding => known.find((one) => one.name === name) ?? { name, status: null })
    const checks = version === champion ? [] : standings.filter(({ status }) => status !== 'pass')
    return checks.length > 0 ? [{ variant: key, version, checks, warming: false }] : []
  })
}

const standingWords = ({ name, status }: CheckStanding): string => {
  if (status === null) return `${name} is missing`
  if (status === 'outdated') return `${name} was of another record or artifact`
  return status === 'fail' ? `${name} failed` : `${name} is ${status}`
}

/** What a version lacks, as a phrase: "safety is missing, latency failed". */
export const lackWords = (checks: readonly CheckStanding[]): string => checks.map(standingWords).join(', ')

/** The same of a variant. */
export const missingWords = ({ version, checks, warming }: Omit<Missing, 'variant'>): string => [
  ...(checks.length > 0 ? [`version "${version}" has not passed ${checks.length === 1 ? 'a required check' : 'required checks'}: ${lackWords(checks)}`] : []),
  ...(warming ? [`version "${version}" has not reported that it is ready`] : []),
].join('; ')

/**
 * Why they may not serve: null where nothing is missing. No evidence and no person overrides it.
 *
 * @param missing with where the definition names the version, or requires the checks
 */
export const refuseMissing = (
  action: string, missing: readonly (Missing & { path: string })[],
): { refused: 'checks_missing' | 'not_ready'; message: string; violations: Violation[] } | null => {
  if (missing.length === 0) return null
  const unchecked = missing.some(({ checks }) => checks.length > 0)
  const variants = new Set(missing.map(({ variant }) => variant)).size
  return {
    refused: unchecked ? 'checks_missing' : 'not_ready',
    message: `${action}: ${variants} ${plural('variant', variants)} may not serve anybody yet; ${missing.map(missingWords).join('; ')}`,
    violations: missing.map((one) => ({ path: one.path, message: missingWords(one) })),
  }
}
