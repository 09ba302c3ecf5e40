import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createApi } from '../src/client/api.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { startRedis } from '../test/support/redis.ts'
import { defineBench } from './support/define.ts'
import { measure, median, type Sample } from './support/generator.ts'
import { type Server, startServer } from './support/servers.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '5' }, store: { type: 'string', default: 'both' } },
})
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)

type Target = { name: string; url: string; body: () => string }

/** A running experiment with two variants, and bodies that use it. */
const prepare = async (server: Server) => {
  const api = createApi(server.url)
  await defineBench(api)
  const requests = Array.from({ length: 1_000 }, (_, index) => ({ experiment: 'bench', unit: `user-${index}` }))
  const { results } = await api<{ results: { token: string }[] }>('POST', '/assign/batch', { requests })
  const sample = await api<object>('POST', '/assign', requests[0])
  return { tokens: results.map((result) => result.token), answer: JSON.stringify(sample) }
}

/** Every target in turn, `rounds` times, so that a slow minute of the machine falls on all of them. */
const interleaved = async (targets: Target[]): Promise<Map<string, Sample[]>> => {
  const samples = new Map<string, Sample[]>(targets.map((target) => [target.name, []]))
  for (const target of targets) await measure(target.url, target.body, 1)
  for (let round = 1; round <= rounds; round++) {
    for (const target of targets) {
      process.stderr.write(`round ${round}/${rounds} ${target.name}\n`)
      samples.get(target.name)!.push(await measure(target.url, target.body, seconds))
    }
  }
  return samples
}

const print = (title: string, samples: Map<string, Sample[]>): void => {
  const empty = samples.get('empty Hono route')!
  console.log(`\n${title} · 64 connections · median of ${rounds} rounds of ${seconds} s, interleaved`)
  console.table(
    [...samples].map(([name, list]) => ({
      what: name,
      'per second': Math.round(median(list.map((sample) => sample.perSecond))),
      'p50 ms': median(list.map((sample) => sample.p50)),
      'p99 ms': median(list.map((sample) => sample.p99)),
      '÷ empty route': median(list.map((sample, round) => sample.perSecond / empty[round]!.perSecond)).toFixed(2),
      failed: list.reduce((sum, sample) => sum + sample.failed, 0),
    })),
  )
}

const run = async (title: string, environment: Record<string, string>): Promise<void> => {
  const contender = await startServer('src/entry/node.ts', '/ready', environment)
  const { tokens, answer } = await prepare(contender)
  const bare = await startServer('load/support/bare-http.ts', '/health', { ANSWER: answer })
  const empty = await startServer('load/support/empty-hono.ts', '/health', { ANSWER: answer })
  let counter = 0
  const returning = () => JSON.stringify({ experiment: 'bench', unit: `user-${counter++ % 10_000}` })
  const fresh = () => JSON.stringify({ experiment: 'bench', unit: `new-${counter++}-${process.pid}` })
  const outcome = () => {
    const id = counter++
    return JSON.stringify({ token: tokens[id % tokens.length], id: `o-${id}`, measures: { win: id % 3 === 0, latency_ms: 200 + (id % 400) } })
  }
  try {
    print(
      title,
      await interleaved([
        { name: 'bare node:http', url: `${bare.url}/`, body: returning },
        { name: 'empty Hono route', url: `${empty.url}/empty`, body: returning },
        { name: '/assign, returning units', url: `${contender.url}/assign`, body: returning },
        { name: '/assign, a new unit each', url: `${contender.url}/assign`, body: fresh },
        { name: '/outcome, one each', url: `${contender.url}/outcome`, body: outcome },
      ]),
    )
  } finally {
    await Promise.all([contender.stop(), bare.stop(), empty.stop()])
  }
}

if (values.store !== 'postgres') {
  const directory = mkdtempSync(join(tmpdir(), 'contender-bench-'))
  await run('Embedded store, in-process counters', { DATA_DIR: directory })
  rmSync(directory, { recursive: true, force: true })
}
if (values.store !== 'embedded') {
  const [postgres, redis] = [await startPostgres(), await startRedis()]
  await run('PostgreSQL and Redis', { DATABASE_URL: postgres.url, REDIS_URL: redis.url })
  await Promise.all([postgres.stop(), redis.stop()])
}
