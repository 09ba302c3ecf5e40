import { sha256 } from '../../token/sha256.ts'
import type { Assignment } from '../../token/token.ts'
import type { OutcomeInput } from './read-outcome.ts'

/** The first 128 bits of SHA-256, 32 hex digits. */
const digestOf = (text: string): string => sha256(text, 'hex').slice(0, 32)

/** Measures in the order of their names: `{"a":1,"b":0}`. */
const canonicalMeasures = (measures: Readonly<Record<string, number>>): string => {
  let text = ''
  for (const name of Object.keys(measures).sort()) text += `${text === '' ? '' : ','}"${name}":${measures[name]}`
  return `{${text}}`
}

export type Identity = { key: string; digest: string }

/**
 * What makes an outcome itself: its id; without one, the assignment and what was said about it, in whatever
 * order. The digest tells a repeated body from another one under the same id; the unit belongs to it, so that
 * an id used for two units is a conflict.
 */
export const identityOf = (input: OutcomeInput, assignment: Assignment): Identity => {
  const said = `${canonicalMeasures(input.measures)}\n${input.revision}\n${input.at ?? ''}\n${assignment.unit}`
  // what a shadow answered to the same request may bear the same id
  const whose = assignment.shadow ? `shadow\n${assignment.variant}\n` : ''
  if (input.id !== undefined) return { key: digestOf(`${whose}id\n${input.id}`), digest: digestOf(said) }
  const digest = digestOf(`body\n${said}\n${assignment.scope}\n${assignment.epoch}\n${assignment.id}`)
  return { key: digest, digest }
}
