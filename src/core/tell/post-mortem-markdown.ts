import type { PostMortem } from './post-mortem.ts'
import { count } from '../describe/wording.ts'

/** Control characters, line ends, and those that turn the direction of text. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu

/**
 * Text of people inside a line of ours: no markup, no HTML, no link, no mention, no second line. It never begins a line,
 * so that what only means something there needs no escape.
 */
export const escaped = (text: string): string =>
  text.replace(unprintable, ' ').replace(/[\\`*_{}[\]()<>!|~&$@:^]/g, '\\$&').replace(/www\./gi, (match) => `${match.slice(0, -1)}\\.`)

/** A block of code that nothing inside can end. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}json\n${text}\n${fence}`
}

const list = (lines: readonly string[]): string => (lines.length === 0 ? 'None.' : lines.map((line) => `- ${line}`).join('\n'))

/** A post-mortem for people: what the API answers as `text/markdown`. */
export const postMortemMarkdown = (one: PostMortem): string => {
  const { action, variant, experiment, model, actor, reason, rule, decision, locked, stillLocked, signature } = one
  const who = variant === null ? '' : ` of ${escaped(variant)}`
  const units = Object.entries(one.units).map(([key, { atDecision, exposed }]) =>
    `| ${escaped(key)} | ${atDecision === null ? '–' : count(atDecision)} | ${count(exposed)} |`)
  const status = signature
    ? `Signed by ${escaped(signature.by)} at ${signature.at}: ${escaped(signature.note)}`
    : `Open. Sign it by the action \`acknowledge\` of the experiment, with what was found as the reason.`
  const locks = locked.length === 0 ? [] : [
    `Locked by it: ${locked.map((version) => `version ${escaped(version)}${stillLocked.includes(version) ? '' : ' (free again)'}`).join(', ')}.`,
  ]
  return [
    `# Post-mortem: ${action}${who} in ${escaped(experiment)}`,
    `Decision ${decision} on model ${escaped(model)}, ${one.openedAt}, by ${escaped(actor)}, rule \`${rule.replaceAll('`', '')}\`.`,
    `Reason given: ${escaped(reason)}`,
    [status, ...locks].join('\n\n'),
    '## Timeline', list(one.timeline.map(({ at, text }) => `${at} ${escaped(text)}`)),
    '## Units exposed', ['| variant | when it was decided | in all |', '|---|---:|---:|', ...units].join('\n'),
    '## Harm', list(one.harm.map(({ name, variant: arm, began, failed }) =>
      `${escaped(name)} of ${escaped(arm)}: showed from ${began ?? '(no stored analysis)'} on, failed at ${failed ?? '(no stored analysis)'}`)),
    '## Served since', list(one.servedSince.map(({ from, text }) => `${from} ${escaped(text)}`)),
    '## Evidence', fenced(JSON.stringify(one.evidence, null, 2)),
    '## Open questions', list(one.questions.map(escaped)),
    '',
  ].join('\n\n')
}
