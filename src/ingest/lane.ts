import type { Answer, Prepared } from './prepare.ts'

/** A call's outcomes, which may be spread over several commits. */
type Call = {
  answers: Answer[]
  open: number
  resolve(answers: Answer[]): void
  reject(error: unknown): void
}
type Waiting = { item: Prepared; call: Call; position: number }

export type Lane = {
  /** Answers in order, once all are committed. Rejects when a commit fails: then some may be stored. */
  add(items: readonly Prepared[]): Promise<Answer[]>
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

export type LaneOptions = {
  /** Outcomes that share a commit at most. */
  most: number
  /** Commits under way at most. Default: 1. */
  width?: number
  /** @param track 0 to width − 1: of the commits under way, which one this is */
  commit(items: Prepared[], track: number): Promise<Answer[]>
  /** Told when outcomes leave the lane, answered or not. */
  left(items: readonly Prepared[]): void
}

/**
 * Group commit: what arrives while `width` commits are under way shares the next one.
 * When one fails, what waits behind it fails too: it has waited as long already, and must be answered.
 */
export const createLane = ({ most, width = 1, commit, left }: LaneOptions): Lane => {
  let waiting: Waiting[] = []
  let scheduled = false
  const tracks = Array.from({ length: width }, (_, track) => track)
  const free = [...tracks]
  const onIdle: (() => void)[] = []

  const isBusy = (): boolean => waiting.length > 0 || free.length < width

  const settle = ({ call, position }: Waiting, answer: Answer): void => {
    call.answers[position] = answer
    if (--call.open === 0) call.resolve(call.answers)
  }

  const fail = (group: readonly Waiting[], error: unknown): void => {
    left(group.map(({ item }) => item))
    for (const { call } of group) call.reject(error)
  }

  const flush = async (): Promise<void> => {
    const track = waiting.length > 0 ? free.pop() : undefined
    if (track === undefined) return
    const group = waiting.splice(0, most)
    const items = group.map(({ item }) => item)
    try {
      const answers = await commit(items, track).finally(() => free.push(track))
      // first the next commit, then the answers: the database works while we write them
      void flush()
      left(items)
      for (const [index, one] of group.entries()) settle(one, answers[index] as Answer)
    } catch (error) {
      const behind = waiting
      waiting = []
      fail([...group, ...behind], error)
    }
    if (isBusy()) return
    for (const tell of onIdle.splice(0)) tell()
  }

  const schedule = (): void => {
    if (scheduled || free.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      for (const _ of tracks) void flush()
    })
  }

  return {
    add: (items) =>
      new Promise((resolve, reject) => {
        if (items.length === 0) return resolve([])
        const call: Call = { answers: [], open: items.length, resolve, reject }
        for (const [position, item] of items.entries()) waiting.push({ item, call, position })
        schedule()
      }),
    idle: () =>
      new Promise((resolve) => {
        if (isBusy()) onIdle.push(resolve)
        else resolve()
      }),
  }
}
