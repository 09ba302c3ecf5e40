import { expect } from 'vitest'
import { type Called, expectProblem, type TestApp } from '../support.ts'

export const json = { 'content-type': 'application/json' }

/** What is stored of calls and definitions; bad input must never change it. */
export const stored = async (app: TestApp): Promise<unknown> =>
  app.service.database.api.run((sql) => sql`
    select (select count(*) from outcomes) as outcomes, (select count(*) from outcome_keys) as keys, (select count(*) from models) as models,
      (select count(*) from experiments) as experiments, (select count(*) from metrics) as metrics, (select count(*) from ledger) as ledger`)

/** The call is refused with this code, in a well-formed problem document, and changes nothing. */
export const refuses = async (app: TestApp, code: string, call: () => Promise<Called>): Promise<Called> => {
  const before = await stored(app)
  const answer = await call()
  expectProblem(answer, code)
  expect(await stored(app)).toEqual(before)
  return answer
}

/** JSON nested so many levels deep. */
export const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

/** Spaces without a declared length. */
export const chunked = (bytes: number): ReadableStream =>
  new ReadableStream({
    pull(controller) {
      if (bytes <= 0) return controller.close()
      controller.enqueue(new Uint8Array(Math.min(bytes, 65_536)).fill(32))
      bytes -= 65_536
    },
  })
