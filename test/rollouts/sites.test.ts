import { afterAll, beforeAll, expect, it } from 'vitest'
import { names, type Served, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const arms = (served: readonly Served[]): Map<string, string> => new Map(served.flatMap(({ unit, variant }) => (variant === null ? [] : [[unit, variant]])))

it('lets one site after the other take part; nobody leaves when the next one comes', async () => {
  const at = (...sites: string[]) => ({ in: [{ var: 'site' }, sites] })
  await app.begin('sites', [{ allocation: 'steps', steps: [{ audience: at('oslo'), minUnits: 5 }, { audience: at('bergen'), minUnits: 5 }, { audience: null }] }], { audience: { '!=': [{ var: 'bot' }, true] } })
  const people = ['oslo', 'bergen', 'turku'].flatMap((site) => names(40, site.length * 100).map(({ unit }) => ({ unit: `${site}-${unit}`, attributes: { site } })))
  const robot = { unit: 'oslo-robot', attributes: { site: 'oslo', bot: true } }
  const sites = (served: readonly Served[]) => [...new Set([...arms(served).keys()].map((unit) => unit.split('-')[0]))]
  const first = await app.serve('sites', [...people, robot])
  expect(sites(first)).toEqual(['oslo'])
  expect(first.at(-1)).toMatchObject({ variant: null, reason: 'not_targeted' })
  await app.act('sites', 'ramp')
  const second = await app.serve('sites', people)
  expect(sites(second)).toEqual(['oslo', 'bergen'])
  await app.act('sites', 'ramp')
  const third = await app.serve('sites', people)
  expect(sites(third)).toEqual(['oslo', 'bergen', 'turku'])
  for (const [unit, variant] of [...arms(first), ...arms(second)]) expect(arms(third).get(unit)).toBe(variant)
})
