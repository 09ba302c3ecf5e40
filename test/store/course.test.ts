import { expect, it } from 'vitest'
import type { SeriesPoint } from '../../src/core/tell/views.ts'
import { type KeptCourses, readCourse } from '../../src/store/read/course.ts'
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

  it('is the same for who has read it before, and at an earlier moment its epochs are as they were then', async () => {
    const pool = store.database.api
    const { id } = await insertRunning(pool, 'turned')
    const turn = async (epoch: number): Promise<void> => {
      await pool.begin(async (tx) => {
        await tx`update epochs set ended_at = started_at + interval '1 hour' where experiment = ${id} and epoch = ${epoch}`
        await tx`insert into epochs (experiment, epoch, scope, cause, coverage, weights, started_at)
          select experiment, epoch + 1, scope, 'clock', coverage, weights, ended_at from epochs where experiment = ${id} and epoch = ${epoch}`
        await tx`update experiments set epoch = ${epoch + 1} where id = ${id}`
      })
    }
    const kept: KeptCourses = new Map()
    const read = async (until: Date, from?: KeptCourses) => (await readCourse(pool, 'turned', { metric: 'win', until, most: 5 }, from)).epochs
    const later = new Date(Date.now() + 86_400_000)
    for (const epoch of [1, 2, 3]) {
      await turn(epoch)
      const epochs = await read(later, kept)
      expect(epochs.map((one) => [one.epoch, one.endedAt !== null])).toEqual(Array.from({ length: epoch + 1 }, (_, index) => [index + 1, index < epoch]))
      expect(epochs).toEqual(await read(later))
    }
    // what has become too much is left to readings under way, and kept no longer
    const [[name, known] = ['', { points: new Map(), epochs: [] }]] = kept
    const points = new Map(Array.from({ length: 2_001 }, (_, id) => [-id, {} as SeriesPoint]))
    kept.set(name, { ...known, points })
    expect(await read(later, kept)).toEqual(await read(later))
    expect([points.size, kept.get(name)?.points.size]).toEqual([2_001, 0])
    const [, second] = await read(later)
    const then = new Date(Date.parse(second!.startedAt) + 60_000)
    expect((await read(then, kept)).map((one) => [one.epoch, one.endedAt !== null])).toEqual([[1, true], [2, false]])
  })
})
