import { describe, expect, it } from 'vitest'
import type { Verdict } from '../core/analyze/report.ts'
import { pillOf } from './pills.ts'

const words = (role: string) =>
  (['PASS', 'FAIL', 'INCONCLUSIVE', 'INSUFFICIENT', 'NO_TRAFFIC', 'NO_OUTCOME', 'ERROR'] satisfies Verdict[])
    .map((verdict) => pillOf(verdict, role)).map(({ mark, word }) => `${mark} ${word}`)

describe('pills', () => {
  it('say better and worse of what decides, safe and harmful of a guardrail', () => {
    const others = ['○ Not decided', '… Too early', '∅ No traffic', '∅ No outcomes', '! Not computed']
    expect(words('decision')).toEqual(['▲ Better', '▼ Worse', ...others])
    expect(words('guardrail')).toEqual(['✓ Safe', '■ Harmful', ...others])
  })
})
