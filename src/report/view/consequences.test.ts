import { describe, expect, it } from 'vitest'
import { ActionName, CreateExperiment, experimentStates, type ExperimentState } from '../../core/define/definitions.ts'
import { legalFrom } from '../../core/decide/transition.ts'
import type { ExperimentView } from '../../core/tell/views.ts'
import { actionsNow, consequences, refusalOf } from './consequences.ts'
import { hasChanged, readShown, shownOf, shownWords, type Standing } from './standing.ts'

const definition = CreateExperiment.parse({
  key: 'assistant-7b', model: 'assistant', salt: 's', unguarded: true, metrics: [], stages: [{ allocation: 'fixed' }],
  variants: [{ key: 'gemma', version: '1', control: true }, { key: 'qwen', version: '2' }, { key: 'phi', version: '3' }],
})

type Status = ExperimentView['variants'][number]['status']

const standing = (state: ExperimentState, more: Partial<Standing> = {}, statuses: Status[] = [], policy = {}, stages: Partial<ExperimentView> = {}): Standing => ({
  experiment: {
    ...definition, salt: 's', state, stage: 0, step: 0, since: null, gates: [], epoch: 4, revision: 9, createdAt: '', startedAt: null, endedAt: null,
    winner: state === 'baking' || state === 'promoted' ? 'qwen' : null,
    policy: { ...definition.policy, ...policy },
    variants: definition.variants.map((one, index) => ({ ...one, status: statuses[index] ?? 'live' })),
    ...stages,
  },
  report: null,
  champion: state === 'baking' || state === 'promoted' ? '2' : state === 'draft' ? null : '1',
  before: state === 'baking' || state === 'promoted' ? '1' : null,
  locks: [], openPostMortems: 0, standIns: { named: ['0'], versions: ['0'] },
  ...more,
})

/** A canary at its first step of two, perhaps with a gate that nobody has spoken of. */
const staged = (gate: string | null): Partial<ExperimentView> => ({
  stages: CreateExperiment.shape.stages.parse([{ allocation: 'steps', steps: [{ coverage: 0.1, gate }, { coverage: 0.5 }] }]),
  gates: gate === null ? [] : [{ name: gate, stage: 0, step: 0, state: 'open' }],
})

/** phi waits for qwen to do harm. */
const handsOn = { onHarm: 'roll-through', next: 'phi' }
const waiting: Partial<ExperimentView> = {
  stages: CreateExperiment.shape.stages.parse([{ allocation: 'fixed', weights: { gemma: 0.6, qwen: 0.4, phi: 0 } }]),
}

const told = (at: Standing, action: ActionName): string => {
  const { title, lines, choices } = consequences(at, action)
  return [title, ...lines.map(({ text }) => text), ...choices.map(({ label, note }) => `${label}: ${note}`)].join('\n')
}

const locks = [{ version: '2', at: '2026-01-01T00:00:00Z', actor: 'engine', reason: 'slow replies rose', experiment: 'assistant-7b' }]

describe('what an action would do', () => {
  it.each(ActionName.options.flatMap((action) => experimentStates.map((state) => [action, state] as const)))(
    '%s of an experiment that is %s is told, or refused with the states that it is for', (action, state) => {
      const statuses: Status[] = ['live', 'live', action === 'enable' ? 'disabled' : 'live']
      const stages = action === 'roll-through' ? waiting : staged(action === 'approve' || action === 'reject' ? 'ready' : null)
      const at = standing(state, { locks }, statuses, action === 'roll-through' ? handsOn : {}, stages)
      const why = refusalOf(at, action)
      if (!legalFrom[action].includes(state)) {
        expect(why).toContain(`It is ${state.replace('_', ' ')}`)
        return
      }
      expect(why).toBeNull()
      const { title, button, lines } = consequences(at, action)
      expect(title).not.toBe('')
      expect(button.length).toBeGreaterThan(3)
      const labels = lines.map(({ label }) => label)
      expect(labels).toEqual(expect.arrayContaining(['What happens', 'What is kept', 'Taking it back']))
      for (const { text } of lines) expect(text).toMatch(/^[A-Z\d].*\.$/s)
      if (!['acknowledge', 'archive', 'approve', 'reject'].includes(action)) expect(labels).toEqual(expect.arrayContaining(['Who is affected', 'How fast']))
      expect(told(at, action)).not.toMatch(/undefined|null|NaN/)
    },
  )

  it('takes a canary on unless its gate is shut, and says what of a gate can be said', () => {
    expect(told(standing('running', {}, [], {}, staged(null)), 'ramp')).toContain('On to step 2 of 2. 50 % of the users take part instead of 10 %. Nobody who takes part changes variant.')
    const shut = standing('running', {}, [], {}, staged('ready'))
    expect(refusalOf(shut, 'ramp')).toBe('The gate "ready" is shut: approve it first.')
    expect(told(shut, 'approve')).toContain('The gate "ready" opens.')
    const open = standing('running', {}, [], {}, { ...staged('ready'), gates: [{ name: 'ready', stage: 0, step: 0, state: 'approved' }] })
    expect([refusalOf(open, 'ramp'), refusalOf(open, 'approve'), refusalOf(open, 'reject')]).toEqual([null, 'The gate "ready" is approved already.', null])
    expect(refusalOf(standing('running'), 'ramp')).toContain('No step or stage is left')
    expect(refusalOf(standing('running'), 'approve')).toContain('No gate')
    expect(hasChanged(shownOf(shut), shownOf({ ...shut, experiment: { ...shut.experiment, step: 1 } }))).toBe(true)
  })

  it('names who serves everybody after an emergency stop: the champion, and of a bake the one before it', () => {
    expect(consequences(standing('running'), 'emergency-stop')).toMatchObject({ title: 'Send everyone to gemma now', survivor: 'gemma', drastic: true, choices: [] })
    expect(told(standing('running'), 'emergency-stop')).toContain('Everyone gets gemma (version 1), the champion; nobody gets qwen or phi any more')
    expect(consequences(standing('baking'), 'emergency-stop')).toMatchObject({ title: 'Send everyone to gemma now' })
    expect(told(standing('baking'), 'emergency-stop')).toMatch(/gemma \(version 1\), the champion before the promotion.*Version 2 is locked/s)
    const elsewhere = standing('running', { champion: '0' })
    expect(consequences(elsewhere, 'emergency-stop').title).toBe('Send everyone to version 0 of assistant now')
  })

  it('lets nobody but a candidate be killed, and says what becomes of who had it', () => {
    const two = standing('running', {}, ['live', 'live', 'killed'])
    expect(consequences(two, 'kill').choices.map(({ value }) => value)).toEqual(['qwen'])
    expect(told(two, 'kill')).toContain('It is the last candidate: the experiment ends, and everyone gets gemma')
    const three = consequences(standing('running'), 'kill').choices
    expect(three.map(({ value }) => value)).toEqual(['qwen', 'phi'])
    expect(three[0]?.note).toContain('spread over gemma and phi')
  })

  it('asks which variant is promoted, and of a bake nothing', () => {
    expect(consequences(standing('running'), 'promote').choices.map(({ value }) => value)).toEqual(['qwen', 'phi'])
    expect(told(standing('running', {}, [], { bake: { units: 20_000, keep: 0.05 } }), 'promote')).toContain('everyone but 5 %, which gemma keeps until 20,000 users')
    expect(consequences(standing('baking'), 'promote')).toMatchObject({ choices: [], title: 'Make qwen final now' })
  })

  it('tells what a rollback locks, and asks where it is not clear', () => {
    expect(consequences(standing('running'), 'rollback').choices.map(({ value }) => value)).toEqual(['qwen', 'phi', ''])
    const alone = standing('running', {}, ['live', 'live', 'killed'])
    expect(consequences(alone, 'rollback').choices).toEqual([])
    expect(told(alone, 'rollback')).toContain('Version 2 is locked')
    expect(told(standing('promoted'), 'rollback')).toMatch(/^Go back to gemma\n.*before the promotion/s)
  })

  it('names who is killed and locked by a roll-through, with their traffic, and who takes over; or why nobody waits', () => {
    const report = { units: 300, variants: [{ key: 'qwen', units: 120, weight: 0.4 }] } as unknown as NonNullable<Standing['report']>
    const at = standing('running', { report }, [], handsOn, waiting)
    expect(consequences(at, 'roll-through')).toMatchObject({ title: 'Hand the traffic of qwen on to phi', drastic: true, choices: [] })
    expect(told(at, 'roll-through')).toContain('Nobody gets qwen (version 2; 120 users so far, 40 % of the traffic now) any more: it is killed and its version locked')
    expect(told(at, 'roll-through')).toContain('phi (version 3), which waited, gets the traffic of qwen, beside gemma')
    expect(refusalOf(standing('running'), 'roll-through')).toContain('policy.onHarm is "rollback", and with "roll-through" policy.next names one')
    expect(refusalOf(standing('running', {}, [], handsOn), 'roll-through')).toContain('policy.next, "phi", has traffic already')
    expect(refusalOf(standing('running', {}, ['live', 'live', 'killed'], handsOn, waiting), 'roll-through')).toContain('"phi", is killed')
    expect(refusalOf(standing('running', { locks: [{ ...locks[0]!, version: '3' }] }, [], handsOn, waiting), 'roll-through')).toContain('version 3 is locked')
  })

  it('names what stands in for the control and for whom; while it does, letting the control back in ends it, and every end keeps it', () => {
    const report = { units: 300, variants: [{ key: 'gemma', units: 100, weight: 0.5 }] } as unknown as NonNullable<Standing['report']>
    const at = standing('running', { report })
    expect(consequences(at, 'fallback')).toMatchObject({ title: 'Let version 0 stand in for gemma', drastic: false, choices: [] })
    expect(told(at, 'fallback')).toContain('Nobody gets gemma (version 1; 100 users so far, 50 % of the traffic now) any more: version 0 serves instead, also for users who take no part')
    expect(told(standing('running', { champion: '9' }), 'fallback')).not.toContain('take no part')
    const out = (manual: boolean) => standing('running', {}, ['quarantined'], {}, { fallback: { version: '0', since: '2026-01-01T00:00:00Z', manual } })
    expect(refusalOf(out(true), 'fallback')).toContain('Version 0 stands in for gemma already, by a person’s word')
    expect(told(out(false), 'fallback')).toContain('Version 0 stands in for gemma (version 1) already, until its calls are well. From now on')
    expect(consequences(out(true), 'enable').choices).toMatchObject([{ value: 'gemma', note: expect.stringContaining('Version 0 stands in for it, since a person took it out') }])
    expect(consequences(out(true), 'stop')).toMatchObject({ survivor: 'version 0 of assistant' })
    expect(told(out(true), 'stop')).toContain('Everyone gets version 0 of assistant, which stands in for gemma and becomes champion')
    expect(consequences(out(false), 'stop')).toMatchObject({ survivor: 'gemma' })
    expect(refusalOf(standing('running', { standIns: { named: [], versions: [] } }), 'fallback')).toContain('name versions in fallbacks of the model assistant')
    expect(refusalOf(standing('running', { standIns: { named: ['1'], versions: ['1'] } }), 'fallback')).toContain('all in fallbacks of the model assistant (1) are locked')
  })

  it('says at the start who takes part and what it does by itself', () => {
    const text = told(standing('draft', {}, [], { autoKill: false }), 'start')
    expect(text).toContain('gemma, qwen, phi in equal parts')
    expect(text).toContain('promotes what is better and stops nothing, and ends after 14 days')
    expect(text).toContain('version 1 (gemma) becomes it')
  })

  it('offers enabling only of what is out, and acknowledging only of what waits for it', () => {
    expect(refusalOf(standing('running'), 'enable')).toContain('No variant is disabled')
    expect(consequences(standing('running', {}, ['live', 'disabled']), 'enable').choices.map(({ value }) => value)).toEqual(['qwen'])
    expect(refusalOf(standing('rolled_back'), 'acknowledge')).toContain('No version')
    expect(refusalOf(standing('killed', { openPostMortems: 1 }), 'acknowledge')).toBeNull()
    expect(actionsNow(standing('killed'))).toEqual(['archive'])
    expect(actionsNow(standing('draft'))).toEqual(['start'])
  })

  it('tells how everyone is served while paused, by policy', () => {
    expect(told(standing('running'), 'pause')).toContain('the split stays as it is')
    expect(consequences(standing('running', {}, [], { onPause: 'control' }), 'pause').survivor).toBe('gemma')
  })
})

describe('what was shown', () => {
  const shown = shownOf(standing('running'))

  it('comes back with the form, whole', () => {
    const form = new URLSearchParams(Object.entries(shown).map(([name, value]) => [name, String(value)]))
    expect(readShown(form)).toEqual(shown)
    form.delete('statuses')
    expect(readShown(form)).toBeNull()
    expect(readShown(new URLSearchParams({ ...shown, epoch: '1.5', revision: '9' }))).toBeNull()
  })

  it('has changed with state, variants and champion, not with the clock', () => {
    expect(hasChanged(shown, { ...shown, epoch: 5, revision: 12 })).toBe(false)
    expect(hasChanged(shown, { ...shown, state: 'paused' })).toBe(true)
    expect(hasChanged(shown, shownOf(standing('running', {}, ['live', 'killed'])))).toBe(true)
    expect(hasChanged(shown, shownOf(standing('running', { champion: '3' })))).toBe(true)
    const draft = shownOf(standing('draft'))
    expect(hasChanged(draft, { ...draft, revision: 10 })).toBe(true)
  })

  it('reads as a sentence', () => {
    expect(shownWords(shown)).toBe('running, epoch 4: gemma live, qwen live, phi live; version 1 is champion')
  })
})
