import { expect, it } from 'vitest'
import { contender } from '../support/command.ts'

it('the demo moves traffic, stops a harmful version, promotes the best one, and explains itself', async () => {
  let asked: Promise<number> | undefined
  let replayed: ReturnType<typeof contender> | undefined
  const { code, stdout, stderr } = await contender(['demo'], {
    env: { PORT: '0' },
    heard(said, child) {
      const url = /running at (http:\S+)/.exec(said)?.[1]
      // its page opens before anything was simulated
      if (url) asked ??= fetch(url).then((response) => response.status)
      const why = /contender (replay \d+ --url \S+)\n/.exec(said)?.[1]
      if (why) replayed ??= contender(why.split(' ')).finally(() => child.kill('SIGINT'))
    },
  })
  expect(code).toBe(0)
  expect(await asked).toBe(200)
  expect(stdout).toMatch(/^ {2}Contender is running at http:\S+ {3}\(in memory; Ctrl-C ends it\)\n/)
  const deeds = stdout.split('\n').filter((line) => line.startsWith('  day '))
  expect(deeds[0]).toMatch(/① started/)
  // numbered as in the charts of the page: moves of traffic are not
  expect(deeds.flatMap((line) => /[①-⑳]/.exec(line)?.[0] ?? [])).toEqual([...'①②③④⑤⑥⑦⑧⑨'].slice(0, deeds.filter((line) => !line.includes('traffic moved')).length))
  expect(deeds.map((line) => /day +([\d.]+) /.exec(line)?.[1]).map(Number)).toEqual(deeds.map((line) => /day +([\d.]+) /.exec(line)?.[1]).map(Number).toSorted((a, b) => a - b))
  expect(stdout).toMatch(/traffic moved .*qwen \S+ % → \S+ %/)
  expect(stdout).toMatch(/stopped +phi .*slow.replies/)
  expect(stdout).toMatch(/promoted +qwen/)
  expect(stdout).toMatch(/\n {2}qwen was promoted: \d+ of 100 answers preferred instead of \d+\.\n/)
  expect(stderr).toMatch(/Simulating 14 days of traffic, 4 versions/)
  expect(await replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/phi[^]*same action ✓/) })
})
