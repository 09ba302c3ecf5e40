import { describe, expect, it } from 'vitest'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { type ActionName, CreateExperiment, MetricDefinition, Stage } from '../define/definitions.ts'
import { accountsOf } from '../analyze/levels.ts'
import { plan } from './transition.ts'
import type { Context, Wish } from './wish.ts'

const metrics = new Map(
  [{ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }, { key: 'cost', kind: 'total', measure: 'cost', direction: 'decrease' }]
    .map((metric) => [metric.key, MetricDefinition.parse(metric)]),
)

const facts = (state: ExperimentFacts['state'], policy: object = {}, more: Partial<ExperimentFacts> = {}): ExperimentFacts => {
  const definition = CreateExperiment.parse({
    key: 'e', model: 'm', unguarded: true, policy,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.01 }, { metric: 'cost', role: 'diagnostic' }],
    stages: [{ allocation: 'fixed', coverage: 0.4, weights: { a: 0.5, b: 0.3, c: 0.2 } }],
  })
  return {
    id: 7, key: 'e', model: 'm', state, definition: { ...definition, salt: 's' }, frozen: null, stage: 0, scope: null, epoch: 0, revision: 3,
    winner: null, looks: {}, startedAt: null, endedAt: null,
    variants: definition.variants.map(({ key, version, control }) => ({ key, version, control: control === true, status: 'live' as const })),
    ...more,
  }
}
const context: Context = { champion: '1', beforePromotion: null, metrics }
const wish = (action: Wish['action'], variant: string | null = null): Wish => ({ action, variant, reason: 'because', actor: 'me' })
const killed = (experiment: ExperimentFacts, key: string) =>
  experiment.variants.map((variant) => (variant.key === key ? { ...variant, status: 'killed' as const } : variant))

describe('a bandit', () => {
  const bandit = (state: ExperimentFacts['state'], policy: object = {}, more: Partial<ExperimentFacts> = {}): ExperimentFacts => {
    const fixed = facts(state, policy, { scope: 4, epoch: 9, weights: [0.2, 0.3, 0.5], ...more })
    return { ...fixed, definition: { ...fixed.definition, stages: [Stage.parse({ allocation: 'bandit', coverage: 0.4 })] } }
  }

  it('starts with equal weights', () => {
    expect(plan(bandit('draft', {}, { scope: null, epoch: 0, weights: null }), wish('start'), context)).toMatchObject({
      next: { scope: 'new', coverage: 0.4, weights: [1 / 3, 1 / 3, 1 / 3] },
    })
  })

  it('goes on from its weights in the same scope when a variant goes, since no other unit moves', () => {
    expect(plan(bandit('running'), wish('kill', 'b'), context)).toMatchObject({ next: { scope: 'same', weights: [0.2 / 0.7, 0, 0.5 / 0.7] } })
    expect(plan(bandit('running'), wish('disable', 'c'), context)).toMatchObject({ next: { scope: 'same', weights: [0.4, 0.6, 0] } })
    const back = bandit('running', {}, { weights: [0.4, 0.6, 0] })
    back.variants[2]!.status = 'disabled'
    const third = 1 / 3 / (1 + 1 / 3)
    expect(plan(back, wish('enable', 'c'), context)).toMatchObject({ next: { scope: 'same', weights: [0.4 / (4 / 3), 0.6 / (4 / 3), third] } })
  })

  it('pauses and resumes in its scope', () => {
    expect(plan(bandit('running', { onPause: 'control' }), wish('pause'), context)).toMatchObject({ next: { scope: 'same', weights: [1, 0, 0] } })
    const paused = bandit('paused', { onPause: 'control' }, { weights: [1, 0, 0] })
    expect(plan(paused, wish('resume'), context)).toMatchObject({ next: { scope: 'same', weights: [1 / 3, 1 / 3, 1 / 3] } })
  })

  it('is moved by nobody else', () => {
    expect(plan(facts('running'), wish('reallocate'), context)).toMatchObject({ refused: 'conflict' })
    expect(plan(bandit('paused'), wish('reallocate'), context)).toMatchObject({ refused: 'illegal_transition' })
  })
})

describe('plan', () => {
  it('starts a draft: freezes levels and sizes, opens a scope, and gives a model without champion the control', () => {
    const change = plan(facts('draft'), wish('start'), { ...context, champion: null })
    expect(change).toMatchObject({
      experiment: 7, revision: 3, state: 'running', champion: '1', championBefore: null,
      next: { scope: 'new', cause: 'action', coverage: 0.4, weights: [0.5, 0.3, 0.2] },
      account: { actor: 'me', action: 'start', mode: 'manual', rule: 'manual', status: 'applied', reason: 'because' },
    })
    const { frozen, metrics: plans } = change as Extract<typeof change, { experiment: number }>
    expect(plans?.map(({ key }) => key)).toEqual(['win', 'cost'])
    expect(frozen?.promoteLevel).toBe(0.025)
    expect(frozen?.killLevel).toBeCloseTo(0.01 / 6, 15)
    // (z(.975) + z(.8))² · (.25 + .25) / .01², twice; nothing is planned for the cost
    expect(frozen?.plannedUnits).toEqual([2 * Math.ceil((1.959963984540054 + 0.8416212335729143) ** 2 * 5_000), 5_000])
  })

  it('keeps the planned size for every metric when one is given', () => {
    expect(plan(facts('draft', { plannedUnits: 9_000 }), wish('start'), context)).toMatchObject({ frozen: { plannedUnits: [9_000, 9_000] } })
  })

  it('moves only the units of a killed variant: the others keep their proportions', () => {
    const change = plan(facts('running'), wish('kill', 'b'), context)
    expect(change).toMatchObject({ state: 'running', next: { scope: 'new', coverage: 0.4 } })
    const { next } = change as { next: { weights: number[] } }
    expect(next.weights[1]).toBe(0)
    expect(next.weights[0]! / next.weights[2]!).toBeCloseTo(2.5, 12)
    expect(next.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 15)
  })

  it('ends with the death of the last candidate', () => {
    const running = facts('running')
    const change = plan({ ...running, variants: killed(running, 'b') }, wish('kill', 'c'), context)
    expect(change).toMatchObject({ state: 'killed' })
    expect(change).not.toHaveProperty('next')
    expect(change).not.toHaveProperty('champion')
  })

  it('restores the exact weights when a disabled variant comes back', () => {
    const disabled = plan(facts('running'), wish('disable', 'c'), context) as { variants: ExperimentFacts['variants'] }
    expect(plan({ ...facts('running'), variants: disabled.variants }, wish('enable', 'c'), context)).toMatchObject({
      next: { weights: [0.5, 0.3, 0.2], scope: 'new' },
    })
  })

  it('pauses without moving anybody, or to the control where the policy says so', () => {
    expect(plan(facts('running'), wish('pause'), context)).not.toHaveProperty('next')
    expect(plan(facts('running', { onPause: 'control' }), wish('pause'), context)).toMatchObject({ next: { weights: [1, 0, 0] } })
    expect(plan(facts('paused', { onPause: 'control' }), wish('kill', 'b'), context)).toMatchObject({ next: { weights: [1, 0, 0] } })
    expect(plan(facts('paused', { onPause: 'control' }), wish('resume'), context)).toMatchObject({ state: 'running', next: { weights: [0.5, 0.3, 0.2] } })
  })

  it('promotes to the version of the variant, against the champion it was planned from', () => {
    expect(plan(facts('running'), wish('promote', 'c'), context)).toMatchObject({ state: 'promoted', winner: 'c', champion: '3', championBefore: '1' })
  })

  it('rolls a promotion back to what was there, unless the champion has moved on', () => {
    const promoted = facts('promoted', {}, { winner: 'b' })
    const after = { ...context, champion: '2', beforePromotion: '1' }
    expect(plan(promoted, wish('rollback'), after)).toMatchObject({ state: 'rolled_back', champion: '1', championBefore: '2' })
    expect(plan(promoted, wish('rollback'), { ...after, champion: '3' })).toMatchObject({ refused: 'conflict' })
    expect(plan(promoted, wish('rollback'), { ...after, beforePromotion: null })).toMatchObject({ refused: 'conflict' })
    const running = plan(facts('running'), wish('rollback'), context)
    expect(running).toMatchObject({ state: 'rolled_back' })
    expect(running).not.toHaveProperty('champion')
  })

  it('locks what it rolls back: the promoted version, the variant that was named, or all candidates but the killed', () => {
    const promoted = facts('promoted', {}, { winner: 'b' })
    expect(plan(promoted, wish('rollback'), { ...context, champion: '2', beforePromotion: '1' })).toMatchObject({ lock: ['2'] })
    const running = facts('running')
    expect(plan(running, wish('rollback'), context)).toMatchObject({ lock: ['2', '3'], account: { evidence: { locked: ['2', '3'] } } })
    expect(plan(running, wish('rollback', 'c'), context)).toMatchObject({ lock: ['3'] })
    expect(plan({ ...running, variants: killed(running, 'b') }, wish('rollback'), context)).toMatchObject({ lock: ['3'] })
    const same = running.variants.map((variant) => ({ ...variant, version: '1' }))
    expect(plan({ ...running, variants: same }, wish('rollback'), context)).toMatchObject({ lock: [] })
  })

  it('makes no locked version champion, by whatever action, until somebody acknowledges', () => {
    const lock = (version: string) => ({ version, at: '2026-01-01T00:00:00Z', actor: 'engine', reason: 'harm', experiment: 'earlier' })
    const locked = { ...context, locks: [lock('2')] }
    expect(plan(facts('running'), wish('promote', 'b'), locked)).toMatchObject({ refused: 'version_locked', message: expect.stringContaining('acknowledge to the experiment "earlier"') })
    expect(plan(facts('running'), wish('promote', 'c'), locked)).toMatchObject({ champion: '3' })
    expect(plan(facts('draft'), wish('start'), { ...context, champion: null, locks: [lock('1')] })).toMatchObject({ refused: 'version_locked' })
    const after = { ...context, champion: '2', beforePromotion: '1', locks: [lock('1')] }
    expect(plan(facts('promoted', {}, { winner: 'b' }), wish('rollback'), after)).toMatchObject({ refused: 'version_locked' })

    expect(plan(facts('rolled_back'), wish('acknowledge'), locked)).toMatchObject({
      state: 'rolled_back', unlock: ['2'], account: { action: 'acknowledge', evidence: { acknowledged: [lock('2')] } },
    })
    expect(plan(facts('running'), wish('acknowledge', 'c'), locked)).toMatchObject({ refused: 'conflict' })
    expect(plan(facts('running'), wish('acknowledge', 'x'), locked)).toMatchObject({ refused: 'invalid_definition' })
    expect(plan(facts('draft'), wish('acknowledge'), locked)).toMatchObject({ refused: 'illegal_transition' })
  })

  it.each([
    ['kill', 'a', 'conflict'], ['disable', 'a', 'conflict'], ['promote', 'a', 'conflict'],
    ['kill', 'x', 'invalid_definition'], ['promote', null, 'invalid_definition'], ['enable', 'b', 'conflict'],
  ] as const)('%s of %s is refused: %s', (action, variant, refused) => {
    expect(plan(facts('running'), wish(action, variant), context)).toMatchObject({ refused })
  })

  it('locks the version of a variant that a rule has stopped for harm, unless another one serves it as well', () => {
    const running = facts('running')
    const stopped = (rule: string, experiment = running) => plan(experiment, { ...wish('kill', 'b'), rule }, context)
    for (const rule of ['guardrail-harm', 'completeness', 'limit-windows', 'breaker']) {
      expect(stopped(rule)).toMatchObject({ state: 'running', lock: ['2'], account: { evidence: { locked: ['2'] }, undo: { calls: [{ body: { action: 'acknowledge', variant: 'b' } }] } } })
    }
    for (const rule of ['loser', 'manual']) expect(stopped(rule)).not.toHaveProperty('lock')
    const twice = running.variants.map((one) => (one.key === 'c' ? { ...one, version: '2' } : one))
    expect(stopped('guardrail-harm', { ...running, variants: twice })).not.toHaveProperty('lock')
    expect(stopped('guardrail-harm', { ...running, variants: killed(running, 'c') })).toMatchObject({ state: 'killed', lock: ['2'] })
  })

  it('says so in the entry of its start where nothing guards it', () => {
    const guarded = facts('draft')
    expect(plan(guarded, wish('start'), context)).toMatchObject({ account: { evidence: { unguarded: true } } })
    const [win, cost] = guarded.definition.metrics
    const definition = { ...guarded.definition, metrics: [win!, { ...cost!, role: 'guardrail' as const, margin: 1 }] }
    expect(plan({ ...guarded, definition }, wish('start'), context)).not.toHaveProperty('account.evidence.unguarded')
  })

  it('never revives, kills twice or promotes a killed variant', () => {
    const running = facts('running')
    const experiment = { ...running, variants: killed(running, 'b') }
    for (const action of ['enable', 'disable', 'kill', 'promote'] as const) {
      expect(plan(experiment, wish(action, 'b'), context)).toMatchObject({ refused: 'conflict' })
    }
  })

  it('allows these transitions and no others', () => {
    const states = ['draft', 'running', 'paused', 'baking', 'promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived'] as const
    const actions: ActionName[] = ['start', 'pause', 'resume', 'disable', 'promote', 'kill', 'rollback', 'stop', 'emergency-stop', 'archive']
    const after = { ...context, champion: '2', beforePromotion: '1' }
    const legal = Object.fromEntries(states.map((state) => [
      state,
      actions.filter((action) => {
        const wished = action === 'promote' && state === 'baking' ? wish(action) : wish(action, 'b')
        return !('refused' in plan(facts(state, {}, { winner: 'b' }), wished, after))
      }),
    ]))
    const running = ['disable', 'promote', 'kill', 'rollback', 'stop', 'emergency-stop']
    expect(legal).toEqual({
      draft: ['start'],
      running: ['pause', ...running],
      paused: ['resume', ...running],
      baking: ['promote', 'rollback', 'emergency-stop'],
      promoted: ['rollback', 'archive'],
      rolled_back: ['archive'], killed: ['archive'], inconclusive: ['archive'], stopped: ['archive'],
      archived: [],
    })
    expect(plan(facts('promoted'), wish('start'), context)).toEqual({
      refused: 'illegal_transition', message: 'start needs the state draft; "e" is promoted',
    })
  })
})

describe('a bake', () => {
  const bake = { units: 1_000, keep: 0.05 }
  const baking = (more: Partial<ExperimentFacts> = {}) => facts('baking', { bake }, { winner: 'b', scope: 5, scopeKind: 'bake', epoch: 4, ...more })
  const after: Context = { ...context, champion: '2', beforePromotion: '1' }

  it('begins with the promotion: the winner is champion at once, the control keeps its share in a scope of its own', () => {
    expect(plan(facts('running', { bake }), wish('promote', 'b'), context)).toMatchObject({
      state: 'baking', winner: 'b', champion: '2', championBefore: '1',
      next: { cause: 'action', scope: 'new', kind: 'bake', coverage: 1, weights: [0.05, 0.95, 0] },
      account: { action: 'promote', status: 'applied' },
    })
    const change = plan(facts('running'), wish('promote', 'b'), context)
    expect(change).toMatchObject({ state: 'promoted' })
    expect(change).not.toHaveProperty('next')
  })

  it('ends when somebody promotes once more without a name, not by the same request again, and not when the champion was moved', () => {
    const ended = plan(baking(), wish('promote'), after)
    expect(ended).toMatchObject({ state: 'promoted' })
    expect(ended).not.toHaveProperty('champion')
    expect(plan(baking(), wish('promote', 'b'), after)).toMatchObject({ refused: 'conflict', message: expect.stringContaining('name no variant') })
    expect(plan(baking(), { ...wish('promote', 'b'), mode: 'auto' }, after)).toMatchObject({ state: 'promoted' })
    expect(plan(baking(), wish('promote', 'c'), after)).toMatchObject({ refused: 'conflict' })
    expect(plan(baking(), wish('promote'), { ...after, champion: '3' })).toMatchObject({ refused: 'conflict' })
  })

  it.each([['rollback', 'rolled_back'], ['emergency-stop', 'killed']] as const)('%s brings the former champion back and locks the winner', (action, state) => {
    expect(plan(baking(), wish(action), after)).toMatchObject({
      state, champion: '1', championBefore: '2', lock: ['2'], account: { action, evidence: { locked: ['2'] } },
    })
  })

  it('is rolled back although somebody has moved the champion, which then stays', () => {
    const change = plan(baking(), wish('rollback'), { ...context, champion: '3', beforePromotion: null })
    expect(change).toMatchObject({ state: 'rolled_back', lock: ['2'] })
    expect(change).not.toHaveProperty('champion')
  })

  it('moves no weights of a bandit: its arms stand still', () => {
    const bandit = { ...baking(), definition: { ...baking().definition, stages: [Stage.parse({ allocation: 'bandit' })] } }
    expect(banditOf({ ...bandit, scopeKind: 'stage' })).not.toBeNull()
    expect(banditOf(bandit)).toBeNull()
  })

  it('is a further stage in which errors may happen', () => {
    const [one, two] = [accountsOf(facts('draft').definition), accountsOf(facts('draft', { bake }).definition)]
    expect([two.promote, two.fail, two.kill]).toEqual([one.promote / 2, one.fail / 2, one.kill / 2])
  })
})

describe('an emergency stop', () => {
  it('ends what runs, whoever is champion, and leaves the champion alone', () => {
    for (const state of ['running', 'paused'] as const) {
      const change = plan(facts(state), wish('emergency-stop'), context)
      expect(change).toMatchObject({ state: 'killed', account: { action: 'emergency-stop' } })
      expect(change).not.toHaveProperty('champion')
    }
  })

  it('is refused once an experiment has ended, as often as it is asked for', () => {
    for (const state of ['killed', 'promoted', 'archived', 'draft'] as const) {
      expect(plan(facts(state), wish('emergency-stop'), context)).toMatchObject({ refused: 'illegal_transition' })
    }
  })
})

describe('a roll-through', () => {
  const standby = (more: Partial<ExperimentFacts> = {}, next = 'c') => {
    const known = facts('running', { onHarm: 'roll-through', next }, { scope: 4, weights: [0.6, 0.4, 0], ...more })
    return { ...known, definition: { ...known.definition, stages: [Stage.parse({ allocation: 'fixed', coverage: 0.4, weights: { a: 0.6, b: 0.4, c: 0 } })] } }
  }

  it('kills who did harm, locks their versions and hands their traffic to the one that waited', () => {
    expect(plan(standby(), wish('roll-through', 'b'), context)).toMatchObject({
      state: 'running', lock: ['2'], variants: [{ status: 'live' }, { key: 'b', status: 'killed' }, { key: 'c', status: 'live' }],
      next: { scope: 'new', coverage: 0.4, weights: [0.6, 0, 0.4] }, account: { evidence: { locked: ['2'], next: 'c' } },
    })
  })

  it('is done once, and not to a variant that is gone or locked', () => {
    const once = { ...standby(), variants: killed(standby(), 'b') }
    expect(plan(once, wish('roll-through', 'c'), context)).toMatchObject({ refused: 'conflict' })
    expect(plan({ ...standby(), variants: killed(standby(), 'c') }, wish('roll-through', 'b'), context)).toMatchObject({ refused: 'conflict' })
    const lock = { version: '3', at: '2026-01-01T00:00:00Z', actor: 'engine', reason: 'harm', experiment: 'earlier' }
    expect(plan(standby(), wish('roll-through', 'b'), { ...context, locks: [lock] })).toMatchObject({ refused: 'version_locked' })
  })

  it('is asked for by a person without naming anybody, and refused in words that name the field', () => {
    expect(plan(standby(), wish('roll-through'), context)).toMatchObject({
      lock: ['2'], account: { action: 'roll-through', variant: null, rule: 'manual', undo: { calls: [{ body: { action: 'acknowledge' } }] } },
    })
    expect(plan(standby(), wish('roll-through', 'c'), context)).toMatchObject({ refused: 'conflict', message: 'roll-through: "c" has no traffic to hand on' })
    expect(plan(standby(), wish('roll-through', 'x'), context)).toMatchObject({ refused: 'invalid_definition', path: 'variant' })
    expect(plan(facts('running'), wish('roll-through'), context)).toMatchObject({ refused: 'conflict', message: expect.stringContaining('policy.next') })
    const disabled = standby().variants.map((one) => (one.key === 'b' ? { ...one, status: 'disabled' as const } : one))
    expect(plan({ ...standby(), variants: disabled }, wish('roll-through'), context)).toMatchObject({ refused: 'conflict', message: expect.stringContaining('no candidate has traffic') })
  })

  it('leaves the one that waits without traffic while another candidate has some, or is only disabled', () => {
    expect(plan(standby(), wish('disable', 'b'), context)).toMatchObject({ next: { weights: [1, 0, 0] } })
    expect(plan(standby(), wish('kill', 'b'), context)).toMatchObject({ state: 'running', next: { weights: [0.6, 0, 0.4] } })
  })
})
