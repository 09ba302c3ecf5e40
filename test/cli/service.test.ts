import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Decisions, Replay } from '../../src/http/views/decisions.ts'
import { NewApiKey } from '../../src/http/views/keys.ts'
import { Report } from '../../src/http/views/reports.ts'
import { contender, controlC, inTerminal } from '../support/command.ts'
import { defineDemo, type Service, startService } from '../support/service.ts'

let service: Service
let env: { CONTENDER_URL: string }

/** Units of the demo with outcomes, `b` winning a little more often. */
const serve = async (from: number, to: number): Promise<void> => {
  const requests = Array.from({ length: to - from }, (_, index) => ({ experiment: 'demo', unit: `unit-${from + index}` }))
  const { body } = await service.call('POST', '/assign/batch', { requests })
  const results = body['results'] as { token: string; variant: string }[]
  const outcomes = results.map(({ token, variant }, index) => ({ token, measures: { win: index % 10 < (variant === 'b' ? 6 : 5) } }))
  await service.call('POST', '/outcome/batch', { outcomes })
}

beforeAll(async () => {
  service = await startService({ DATA_DIR: 'memory:', LOG_LEVEL: 'error', ENGINE: 'off', RATE_LIMITS: 'api=off' })
  env = { CONTENDER_URL: service.url }
  await defineDemo(service)
  await serve(0, 600)
})
afterAll(() => service.kill('SIGTERM'))

describe('contender report', () => {
  it('says what the API says: headline, what it waits for, every comparison, the health of the data', async () => {
    const { body } = await service.call('GET', '/api/experiments/demo/report')
    const { summary, health } = Report.parse(body)
    const { code, stdout, stderr } = await contender(['report', 'demo'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`\n${summary.headline}\n`)
    expect(stdout).toContain(`Next: ${summary.next.slice(0, 40)}`)
    for (const { text, needed } of summary.conditions) expect(stdout).toMatch(new RegExp(`${text} .*needed ${needed.replaceAll('+', String.raw`\+`)}`))
    expect(stdout).toMatch(/b against a .*(Too early|Not decided|Better)/)
    expect(stdout).toContain(`${health.length} of ${health.length} checks of the data pass`)
    expect(stdout).not.toContain('\u001B')
  })

  it('is the API\u2019s answer with --json', async () => {
    const { code, stdout } = await contender(['report', 'demo', '--json', '--url', service.url])
    expect(code).toBe(0)
    const told = Report.parse(JSON.parse(stdout))
    const { body } = await service.call('GET', '/api/experiments/demo/report')
    expect({ ...told, asOf: null, analysis: null }).toEqual({ ...Report.parse(body), asOf: null, analysis: null })
  })

  it('is coloured in a terminal, unless NO_COLOR is set', async () => {
    const coloured = await inTerminal(['report', 'demo'], { env: { ...env, TERM: 'xterm' } })
    expect(coloured).toMatchObject({ code: 0, stdout: expect.stringContaining('\u001B[1m') })
    const bare = await inTerminal(['report', 'demo'], { env: { ...env, TERM: 'xterm', NO_COLOR: '1' } })
    expect(bare.stdout).not.toContain('\u001B')
  })

  it('names the experiment that was probably meant', async () => {
    const { code, stdout, stderr } = await contender(['report', 'dmo'], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe('error: there is no experiment "dmo" (GET /api/experiments/dmo/report)\n  fix: did you mean demo?\n')
  })

  it('ends with 3 where nobody answers, and shows a stack only with --debug', async () => {
    const nowhere = ['report', 'demo', '--url', 'http://127.0.0.1:9']
    const { code, stderr } = await contender(nowhere)
    expect(code).toBe(3)
    expect(stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:9 does not answer \(.+\)\n {2}fix: start the service with contender serve.*\n$/)
    expect((await contender([...nowhere, '--debug'])).stderr).toContain('    at ')
  })
})

describe('contender report --watch', () => {
  it('draws on a screen of its own, anew when something changed, and Ctrl-C brings the old one back', async () => {
    let [fed, typed] = [false, false]
    const { code, stdout } = await inTerminal(['report', 'demo', '--watch', '--every', '0.2'], {
      env: { ...env, TERM: 'xterm' },
      heard(said, child) {
        if (!fed && said.includes('600 users')) {
          fed = true
          void serve(600, 900)
        }
        if (!typed && said.includes('900 users')) {
          typed = true
          child.stdin?.write(controlC)
        }
      },
    })
    expect(code).toBe(130)
    expect(stdout.startsWith('\u001B[?1049h')).toBe(true)
    expect(stdout.trimEnd().endsWith('\u001B[?25h\u001B[?1049l')).toBe(true)
    expect(stdout.split('\u001B[?2026h').length).toBeGreaterThan(2)
  })

  it('prints a line a change where there is no terminal, and ends with 130 when it is interrupted', async () => {
    let fed = false
    const { code, stdout } = await contender(['report', 'demo', '--watch', '--every', '0.2'], {
      env,
      heard(said, child) {
        if (!fed) {
          fed = true
          void serve(900, 1_000)
        }
        if (said.includes('1,000 users')) child.kill('SIGINT')
      },
    })
    expect(code).toBe(130)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z {2}running {2}[\d,]+ users {2}\S/)
  })
})

describe('contender decisions, replay, assign, keys', () => {
  it('lists what was done, the newest first, and takes it again', async () => {
    await service.call('POST', '/api/experiments/demo/actions', { action: 'pause', reason: 'lunch' })
    await service.call('POST', '/api/experiments/demo/actions', { action: 'resume', reason: 'back again' })
    const json = await contender(['decisions', 'demo', '--json'], { env })
    const { items } = Decisions.parse(JSON.parse(json.stdout))
    expect(items.map(({ action }) => action)).toEqual(['resume', 'pause', 'start'])
    const { code, stdout } = await contender(['decisions', 'demo'], { env })
    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([
      expect.stringMatching(/^③ .* resumed$/), expect.stringMatching(/^② .* paused$/), expect.stringMatching(/^① .* started$/),
    ])
    expect(stdout).toContain('lunch')
    const newest = await contender(['decisions', 'demo', '--limit', '1'], { env })
    expect(newest.stdout.split('\n').filter((line) => /^\S/.test(line)), 'by the number that it has among all').toEqual([expect.stringMatching(/^③ .* resumed$/)])

    const id = String(items[1]!.id)
    const replayed = await contender(['replay', id], { env })
    expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/lunch[^]*same action ✓/) })
    expect(Replay.parse(JSON.parse((await contender(['replay', id, '--json'], { env })).stdout))).toMatchObject({ same: true })
    expect(await contender(['replay', '99999'], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no decision 99999') })
    expect(await contender(['replay', 'lunch'], { env })).toMatchObject({ code: 2 })
  })

  it('says what a unit is served, and why', async () => {
    const { body } = await service.call('POST', '/assign', { experiment: 'demo', unit: 'somebody' })
    const { code, stdout } = await contender(['assign', 'demo', '--unit', 'somebody'], { env })
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`variant +${String(body['variant'])}\nversion +${String(body['version'])}\nreason +split\npropensity +0\\.5000`))
    const json = JSON.parse((await contender(['assign', 'demo', '--unit', 'somebody', '--json'], { env })).stdout) as object
    expect(Object.keys(json)).toEqual(Object.keys(body))
    expect(json).toMatchObject({ variant: body['variant'], version: body['version'] })
    expect(await contender(['assign', 'demo'], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining('--unit') })
  })

  it('makes a key that is the only thing on standard output', async () => {
    const { code, stdout, stderr } = await contender(['keys', 'create', 'ci', '--scopes', 'read,assign'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'ci may read, assign. Keep the key: it is shown this once.\n' })
    expect(stdout).toMatch(/^ctd_[\w-]{49}\n$/)
    expect(NewApiKey.parse(JSON.parse((await contender(['keys', 'create', 'ci', '--json'], { env })).stdout))).toMatchObject({ scopes: ['assign', 'outcome'] })
    expect(await contender(['keys', 'create', 'ci', '--scopes', 'reed'], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining('scopes[0]') })
  })
})

it('runs with the Node of the package where the system has an older one', () => {
  const entry = new URL('../../src/entry/contender.js', import.meta.url).pathname
  const own = spawnSync(process.execPath, ['--input-type=module', '-e', `
    Object.defineProperty(process.versions, 'node', { value: '20.0.0' })
    process.argv.splice(1, 1, ${JSON.stringify(entry)}, 'assign', 'demo', '--unit', 'x', '--url', ${JSON.stringify(service.url)})
    await import(${JSON.stringify(entry)})`], { encoding: 'utf8' })
  expect(own).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('propensity') })
})
