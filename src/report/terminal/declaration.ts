import type { DeclaredStep } from '../../core/declare/declared.ts'
import { count, plural } from '../../core/describe/wording.ts'
import type { Paint } from './paint.ts'

const signs = { create: '+', change: '~', nothing: ' ', drift: '!' } as const
const words = { create: 'new', change: 'changes', nothing: 'as declared', drift: 'drifted' } as const

/** Fields named at most. */
const most = 6

const fieldsText = (fields: readonly string[]): string =>
  fields.length === 0 ? '' : `: ${fields.slice(0, most).join(', ')}${fields.length > most ? ` and ${fields.length - most} more` : ''}`

const stepText = ({ kind, key, does, fields, why }: DeclaredStep, { better, quiet, worse, trouble }: Paint): string => {
  const paint = { create: better, change: trouble, nothing: quiet, drift: worse }[does]
  const reason = why === null ? '' : `\n      ${why}`
  return paint(`  ${signs[does]} ${kind.padEnd(10)} ${key.padEnd(32)} ${words[does]}${fieldsText(fields)}`) + reason
}

/** How many of each: "2 new, 1 changes, 5 as declared". */
export const tallyText = (steps: readonly DeclaredStep[]): string =>
  (['create', 'change', 'drift', 'nothing'] as const)
    .flatMap((does) => {
      const number = steps.filter((step) => step.does === does).length
      return number === 0 ? [] : [`${count(number)} ${words[does]}`]
    })
    .join(', ') || `0 ${plural('thing', 0)} declared`

/** What a declaration would change, a line each; what is as declared is only counted. */
export const declarationText = (steps: readonly DeclaredStep[], paint: Paint): string =>
  [...steps.filter(({ does }) => does !== 'nothing').map((step) => stepText(step, paint)), `  ${tallyText(steps)}`].join('\n')
