import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../stats/random.ts'
import { createWebhookQueue } from '../../src/store/control/webhook-queue.ts'
import { verify } from '../../src/store/verify.ts'
import { type Staged, startStaged } from '../support/staged.ts'

type Entry = { action: string; rule: string; evidence: { version: string; checkpoint: object | null; experiments: { key: string }[] } }

describe('whoever trains a model', () => {
  let staged: Staged
  const { normal } = seededRandom(11)
  const retrain = { on: ['drift', 'forgetting'], everyOutcomes: 1_000 }
  const forgetful = Array.from({ length: 3_000 }, (_, index) => ({ unit: `unit-${index}`, attributes: { language: index % 4 === 0 ? 'tr' : 'en' } }))
  beforeAll(async () => {
    staged = await startStaged()
    // noon, so that a day has been over for hours whenever it is looked at
    await staged.pass(24 * 60 + 12 * 60 - ((Date.now() / 60_000) % (24 * 60)))
  })
  afterAll(() => staged.close())

  const callsFor = async (model: string): Promise<Entry[]> => {
    const { items } = await staged.must('GET', `/api/models/${model}/audit?limit=100`)
    return (items as Entry[]).filter(({ action }) => action === 'retrain')
  }
  const report = async (at: number, shift: number, count = 600): Promise<void> => {
    const requests = Array.from({ length: count }, (_, index) => ({ model: 'm', unit: `${at}-${index}` }))
    const { results } = await staged.must('POST', '/assign/batch', { requests })
    const outcomes = (results as { token: string }[]).map(({ token }) => ({ token, measures: { score: normal() + shift } }))
    for (let from = 0; from < count; from += 300) await staged.must('POST', '/outcome/batch', { outcomes: outcomes.slice(from, from + 300) })
    await staged.look()
  }
  const nextDay = async (): Promise<void> => {
    await staged.pass(24 * 60)
    await staged.look()
  }

  it('says what to be told of, field by field', async () => {
    await staged.must('POST', '/api/models', { key: 'm', watch: { drift: [{ measure: 'score', kind: 'numeric' }] } })
    await staged.must('POST', '/api/models/m/versions', { version: '1', checkpoint: { id: 'ckpt-1' } })
    await staged.must('PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
    expect(await staged.must('GET', '/api/models/m')).toMatchObject({ retrain: null })
    expect(await staged.must('PATCH', '/api/models/m', { retrain })).toMatchObject({ retrain })
    expect(await staged.must('PATCH', '/api/models/m', { enabled: true })).toMatchObject({ retrain })
    for (const [wrong, path] of [
      [{ on: ['drifting'] }, 'retrain.on[0]'], [{ on: ['drift', 'drift'] }, 'retrain.on'], [{ on: [] }, 'retrain.on'], [{}, 'retrain.on'],
      [{ on: [], everyOutcomes: 0 }, 'retrain.everyOutcomes'], [{ on: ['drift'], every: 5 }, 'retrain.every'],
    ] as const) {
      const answer = await staged.call('PATCH', '/api/models/m', { retrain: wrong })
      expect((answer.body['errors'] as { path: string }[])[0]?.path).toBe(path)
    }
  })

  it('is told when so many outcomes have come, and when the values have moved; of each once', async () => {
    const { id } = await staged.must('POST', '/api/webhooks', { url: 'https://example.com/train', events: ['model.retrain'] })
    // on the day on which it became champion nothing is compared yet
    await nextDay()
    await report(0, 0)
    await nextDay()
    expect(await callsFor('m')).toEqual([])
    await report(1, 2)
    expect((await callsFor('m')).map(({ rule }) => rule)).toEqual(['retrain-outcomes'])
    await nextDay()
    const calls = await callsFor('m')
    expect(calls).toMatchObject([{ rule: 'retrain-outcomes' }, { rule: 'retrain-drift', evidence: { version: '1', checkpoint: { id: 'ckpt-1' }, experiments: [] } }])
    await nextDay()
    await nextDay()
    expect(await callsFor('m')).toEqual(calls)

    while (await createWebhookQueue(staged.service.database.api).handOut());
    const { items } = await staged.must('GET', `/api/webhooks/${String(id)}/deliveries`)
    expect((items as { type: string }[]).map(({ type }) => type)).toEqual(['model.retrain', 'model.retrain'])
    expect(await staged.must('GET', '/api/models/m')).toMatchObject({ champion: '1' })
  })

  it('is told in the very look that takes back what has forgotten a language', async () => {
    await staged.begin('forgetful', [{ allocation: 'fixed' }], {
      segments: ['language'], metrics: [{ metric: 'failed', role: 'guardrail', margin: 0.05, worstSegment: 'language' }],
    })
    await staged.must('PATCH', '/api/models/forgetful', { retrain })
    await staged.serve('forgetful', forgetful, ({ variant, unit }, index) =>
      ({ failed: variant === 'new' && Number(unit.slice(5)) % 4 === 0 ? index % 2 === 0 : index % 20 === 0 }))
    await staged.look()
    expect(await staged.must('GET', '/api/experiments/forgetful')).toMatchObject({ state: 'rolled_back' })
    await staged.look()
    const [call, ...others] = await callsFor('forgetful')
    expect([others, call]).toMatchObject([[], {
      rule: 'retrain-forgetting', reason: expect.stringContaining('where language is tr') as string, evidence: { version: '2', experiments: [{ key: 'forgetful' }] },
    }])
    for (const { cases, state } of call!.evidence.experiments as unknown as { cases: string; state: string }[]) {
      await staged.must('GET', `${cases}?kind=uncertain`)
      await staged.must('GET', state)
    }
  })

  it('reads it on the page of the model, and which version goes on from which', async () => {
    await staged.must('POST', '/api/models/m/versions', { version: '2', checkpoint: { id: 'ckpt-2', parent: 'ckpt-1' } })
    await staged.must('POST', '/api/models/m/versions', { version: '3', checkpoint: { id: 'ckpt-3', parent: 'elsewhere' } })
    const { items } = await staged.must('GET', '/api/models/m/versions')
    expect((items as { continues: string | null }[]).map(({ continues }) => continues)).toEqual([null, '1', null])
    const { text } = await staged.call('GET', '/models/m', undefined, { accept: 'text/html' })
    for (const said of [
      'Training again is called for by drift, forgetting, every 1,000 further outcomes.', 'to be trained again: drift', 'to be trained again: outcomes',
      'continues version 1</span>', 'ckpt-2, from ckpt-1', 'ckpt-3, from elsewhere',
    ]) expect(text).toContain(said)
    const [, decision] = /href="(\/decisions\/\d+)"/.exec(text.slice(text.indexOf('to be trained again'))) ?? []
    expect((await staged.call('GET', decision!, undefined, { accept: 'text/html' })).text).toContain('called for training again')
  })

  it('finds it in an export, which applied changes nothing; null takes it back', async () => {
    const declared = await staged.must('GET', '/api/export?model=m')
    expect(declared['models']).toMatchObject([{ key: 'm', retrain }])
    const { steps } = await staged.must('POST', '/api/apply', declared)
    expect(new Set((steps as { does: string }[]).map(({ does }) => does))).toEqual(new Set(['nothing']))
    await staged.must('POST', '/api/apply', { models: [{ key: 'm', retrain: null }, { key: 'new', retrain }] })
    expect(await staged.must('GET', '/api/models/m')).toMatchObject({ retrain: null })
    expect(await staged.must('GET', '/api/models/new')).toMatchObject({ retrain })
    expect(await verify(staged.service.database.api)).toMatchObject({ differences: [] })
  })
})
