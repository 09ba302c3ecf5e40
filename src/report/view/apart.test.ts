import { describe, expect, it } from 'vitest'
import type { GuardrailReport } from '../../core/analyze/report.ts'
import { plainScale, shareScale } from '../../core/describe/wording.ts'
import { type ApartOptions, apartOf } from './apart.ts'

const now = Date.parse('2026-11-03T12:00:00Z')
const options: ApartOptions = { scale: shareScale, own: shareScale, by: 'margin', limit: null, held: false, now }
const harm = { estimate: 0.05, lower: 0.03, upper: 0.07 }
const whole: GuardrailReport = { metric: 'slow', variant: 'qwen', verdict: 'INCONCLUSIVE', harm, margin: 0.02 }
const windowOf = (broken: boolean, estimate: number | null, to: string | null = '2026-11-03T11:00:00Z') =>
  ({ from: '2026-11-03T10:00:00Z', to, units: 812, excess: { estimate, lower: null }, broken })
const texts = (guardrails: GuardrailReport[], more: Partial<ApartOptions> = {}): string[] =>
  apartOf(guardrails, { ...options, ...more }).map(({ pill, text }) => `${pill.word}: ${text}`)

describe('what is told of a guardrail beside the whole', () => {
  it('is nothing where nothing is judged apart', () => {
    expect(apartOf([whole], options)).toEqual([])
  })

  it('is the day that speaks most against the variant', () => {
    const failing = apartOf([{ ...whole, generation: { day: '2026-11-02', verdict: 'FAIL', harm } }], options)
    expect(failing).toMatchObject([{ fails: true, pill: { word: 'Harmful' }, text: 'Users of 2 Nov alone: harm +5.0 pp (+3.0 to +7.0 pp).' }])
    expect(texts([{ ...whole, generation: { day: '2026-11-02', verdict: 'INCONCLUSIVE', harm } }])[0]).toMatch(/^Not decided: Users of 2 Nov/)
    expect(texts([{ ...whole, generation: { day: '2026-11-02', verdict: 'FAIL', harm } }], { held: true })[0]).toMatch(/^On hold/)
  })

  it('is how many of the last windows are beyond a limit, and where the newest lies', () => {
    const last = [windowOf(false, -0.01), windowOf(true, 0.04), windowOf(true, 0.06)]
    expect(texts([{ ...whole, windows: { verdict: 'FAIL', last } }], { by: 'limit', limit: 0.3 })).toEqual([
      'Harmful: In its last 3 windows of traffic: beyond the limit in 2, the newest among them. The newest (812 units, until 3 Nov, 11:00) lies 6.0 pp beyond it.',
    ])
    expect(texts([{ ...whole, windows: { verdict: 'INCONCLUSIVE', last: [windowOf(false, -20, null)] } }], { by: 'limit', own: plainScale })[0])
      .toContain('beyond the limit in none. The newest (812 units, still open) lies 20 within it.')
  })

  it('is a limit of its own, where there is a margin as well', () => {
    const limit: GuardrailReport = { ...whole, verdict: 'FAIL', margin: 0, harm: { estimate: 0.04, lower: 0.01, upper: 0.07 } }
    expect(texts([whole, limit], { limit: 0.3 })).toEqual(['Harmful: Against its own limit of 30 %: beyond the limit by +4.0 pp (+1.0 to +7.0 pp).'])
  })
})
