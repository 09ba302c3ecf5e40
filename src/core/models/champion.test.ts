import { describe, expect, it } from 'vitest'
import { type ChampionSwitch, rollbackTarget } from './champion.ts'

/** A history told in short: a version made champion, or `<` and the version that a rollback went back to. */
const history = (...lines: string[]): ChampionSwitch[] =>
  lines.map((line, index) => ({
    version: line.replace('<', ''),
    previous: lines[index - 1]?.replace('<', '') ?? null,
    kind: line.startsWith('<') ? 'rollback' : 'set',
  }))

const none = new Set<string>()

describe('rollbackTarget', () => {
  it.each([
    [['1', '2'], '1'],
    [['1', '2', '3', '<2'], '1'],
    [['1', '2', '<1', '3'], '1'],
    [['1', '2', '3', '<2', '4'], '2'],
    [['1', '2', '1'], '2'],
    [['1', '2', '3', '<2', '3', '4'], '3'],
  ])('%j goes back to %s', (lines, version) => {
    expect(rollbackTarget(history(...lines), none)).toEqual({ version })
  })

  it.each([
    [[], []],
    [['1'], []],
    [['1', '2', '<1'], [{ version: '2', why: 'rolled back' }]],
    [['1', '2', '1', '<2'], [{ version: '1', why: 'rolled back' }]],
    [['1', '2', '3', '<2', '<1'], [{ version: '2', why: 'rolled back' }, { version: '3', why: 'rolled back' }]],
  ])('%j has nowhere to go back to', (lines, passed) => {
    expect(rollbackTarget(history(...lines), none)).toEqual({ passed })
  })

  it('passes over versions that are locked', () => {
    expect(rollbackTarget(history('1', '2', '3'), new Set(['2']))).toEqual({ version: '1' })
    expect(rollbackTarget(history('1', '2'), new Set(['1']))).toEqual({ passed: [{ version: '1', why: 'locked' }] })
  })
})
