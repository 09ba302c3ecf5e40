import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contender } from '../support/command.ts'
import { type Service, startService } from '../support/service.ts'

const models = `# what we serve
models:
  - key: summarizer
    versions:
      - version: "1"
        payload: {endpoint: "https://models.example/one"}
      - version: "2"
---
metrics:
  - {key: liked, kind: conversion, measure: thumbs_up, direction: increase}
`
const experiments = `experiments:
  - key: new-summaries
    model: summarizer
    unguarded: true
    variants:
      - {key: old, version: "1", control: true}
      - {key: new, version: "2"}
    metrics:
      - {metric: liked, role: decision, smallestEffect: 0.02}
    stages:
      - {allocation: fixed}
`

let service: Service
let directory: string
const inFile = (name: string, content: string): string => {
  const file = join(directory, name)
  writeFileSync(file, content)
  return file
}
const run = (args: string[], input = '') => contender(args, { env: { CONTENDER_URL: service.url }, input, cwd: directory })

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'contender-declared-'))
  service = await startService({ DATA_DIR: 'memory:', LOG_LEVEL: 'error', ENGINE: 'off' })
})
afterAll(async () => {
  await service.kill('SIGTERM')
  rmSync(directory, { recursive: true })
})

describe('contender apply', () => {
  it('shows a plan, makes it true, and has nothing to do the next time', async () => {
    const files = [inFile('models.yaml', models), inFile('experiments.yaml', experiments)]
    const plan = await run(['apply', ...files, '--plan'])
    expect(plan).toMatchObject({ code: 1, stderr: '' })
    expect(plan.stdout).toMatch(/\+ metric +liked +new\n.*\+ model +summarizer +new\n.*\+ version +summarizer\/1 +new\n[^]*\+ experiment new-summaries +new\n {2}5 new\n/)
    expect((await service.call('GET', '/api/models/summarizer')).status).toBe(404)

    const done = await run(['apply', ...files])
    expect(done).toMatchObject({ code: 0, stdout: plan.stdout, stderr: expect.stringContaining('Applied: 5 new.') })
    expect((await service.call('GET', '/api/experiments/new-summaries')).body).toMatchObject({ state: 'draft' })
    expect(await run(['apply', ...files, '--plan'])).toMatchObject({ code: 0, stdout: '  5 as declared\n' })
  })

  it('changes nothing when a part is wrong, and names the file and the field', async () => {
    const wrong = inFile('wrong.yaml', experiments.replace('version: "2"', 'version: "7"').replace('key: new-summaries', 'key: wrong'))
    const { code, stdout, stderr } = await run(['apply', 'models.yaml', wrong])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('error: nothing was changed')
    expect(stderr).toContain(`${wrong}: experiments[0].variants[1].version model "summarizer" has no version "7"`)
    const torn = await run(['apply', inFile('torn.yaml', 'models:\n  - key: [')])
    expect(torn).toMatchObject({ code: 2, stderr: expect.stringMatching(/is neither YAML nor JSON \(.*torn\.yaml: .*line 2/) })
    expect(await run(['apply', 'nowhere.yaml'])).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read (nowhere.yaml)') })
  })

  it('tells drift between file and runtime', async () => {
    await service.call('POST', '/api/experiments/new-summaries/actions', { action: 'start', reason: 'go' })
    const moved = inFile('moved.yaml', experiments.replace('0.02', '0.05'))
    const { code, stdout, stderr } = await run(['apply', moved])
    expect(code).toBe(1)
    expect(stdout).toMatch(/! experiment new-summaries +drifted: metrics\[0\]\.smallestEffect\n +it is running, and only a draft can be changed/)
    expect(stderr).toContain('nothing was changed')
  })
})

describe('contender export', () => {
  it('writes what apply reads, YAML or JSON', async () => {
    for (const format of [[], ['--json']]) {
      const { code, stdout } = await run(['export', '--model', 'summarizer', ...format])
      expect(code).toBe(0)
      expect(await run(['apply', '-', '--plan'], stdout)).toMatchObject({ code: 0, stdout: '  5 as declared\n' })
    }
  })
})

describe('contender audit', () => {
  it('is an entry of the ledger a line', async () => {
    const { code, stdout } = await run(['audit', 'summarizer'])
    expect(code).toBe(0)
    const actions = stdout.trim().split('\n').map((line) => (JSON.parse(line) as { action: string }).action)
    expect(actions).toEqual(['start'])
  })
})
