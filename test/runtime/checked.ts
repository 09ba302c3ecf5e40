/** What is wrong, a line a case, and how many cases there were. */
export type Checked = { cases: number; failures: string[] }

export const checkAll = <Case>(cases: readonly Case[], answer: (of: Case) => unknown, expected: (of: Case) => unknown): Checked => {
  const failures = cases.flatMap((of) => {
    const [got, wanted] = [JSON.stringify(answer(of)), JSON.stringify(expected(of))]
    return got === wanted ? [] : [`${JSON.stringify(of).slice(0, 300)}: expected ${wanted}, got ${got}`]
  })
  return { cases: cases.length, failures }
}
