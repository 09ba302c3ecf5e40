import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes minutes: begun last, it would leave all workers but one idle. */
const longest = ['test/simulation/acceptance.test.ts']

const isLong = ({ moduleId }: TestSpecification): boolean => longest.some((path) => moduleId.endsWith(path))

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
