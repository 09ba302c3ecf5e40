import { expect, it } from 'vitest'
import { readCourse } from '../../src/store/read/course.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { look } from '../support/look.ts'
import { describeStores } from '../support/stores.ts'

describeStores('course', (store) => {
  it('is all analyses while they are few; later some evenly spread ones, of which a further look changes but the last', async () => {
    const pool = store.database.api
    const { scope } = await insertRunning(pool, 'long')
    const lookAnew = async (): Promise<void> => {
      await addCells(pool, scope, [...conversions(0, 100, 40, 10), ...conversions(1, 100, 45, 10)])
      await look(pool)
    }
    const read = async () => {
      const { analyses, series } = await readCourse(pool, 'long', { metric: 'win', until: new Date(Date.now() + 60_000), most: 5 })
      const all = (await pool.run((sql) => sql<{ id: number }[]>`
        select a.id::float8 as id from analyses a join experiments e on e.id = a.experiment where e.key = 'long' order by a.id`)).map(({ id }) => id)
      expect(analyses).toBe(all.length)
      return series.map(({ analysis }) => all.indexOf(analysis))
    }

    const seen: number[][] = []
    for (let looks = 0; looks < 12; looks++) {
      await lookAnew()
      seen.push(await read())
    }
    expect(seen.slice(3)).toEqual([
      [0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 2, 4, 5], [0, 2, 4, 6], [0, 2, 4, 6, 7], [0, 2, 4, 6, 8], [0, 3, 6, 9], [0, 3, 6, 9, 10], [0, 3, 6, 9, 11],
    ])
  })
})
