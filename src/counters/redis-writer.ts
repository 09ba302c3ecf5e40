import { Cluster, type Redis } from 'ioredis'
import { addObserved, addServed, type HashWrite, nothingPending, writesOf } from './pending.ts'
import { shards } from './keys.ts'
import type { Counters } from './port.ts'

const flushMs = 100

/** Hashes written together: few enough to be answered in the time of one command. */
const hashesPerWrite = 250

/** Longest wait for a write, in milliseconds. Nobody waits for it, and breakers are to see what a busy moment delays. */
const writeMs = 500

const commandsOf = ({ key, fields, seconds }: HashWrite): [string, ...(string | number)[]][] => [
  ...fields.map(([field, by]): [string, string, string, number] => ['hincrby', key, field, by]),
  ['expire', key, seconds],
]

/** One pipeline; a cluster takes one a hash, since a pipeline goes to one node. Rejects when any command failed. */
const send = async (client: Redis | Cluster, writes: HashWrite[]): Promise<true> => {
  const batches = client instanceof Cluster ? writes.map(commandsOf) : [writes.flatMap(commandsOf)]
  const results = await Promise.all(batches.map((batch) => client.pipeline(batch).exec()))
  const failure = results.flatMap((result) => result ?? []).find(([error]) => error !== null)
  if (failure) throw failure[0]
  return true
}

export type Writer = Pick<Counters, 'served' | 'observe' | 'dropped' | 'close'>

/**
 * Collects increments and writes them at most every 100 ms, one write in flight. What a lost server does not take is
 * dropped and counted: waiting for it would only grow.
 *
 * @param bounded runs work on the client within `limitMs`, or answers the fallback
 */
export const createWriter = (
  client: Redis | Cluster,
  bounded: (work: () => Promise<boolean>, fallback: boolean, limitMs: number) => Promise<boolean>,
): Writer => {
  let pending = nothingPending()
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing: Promise<void> | undefined
  let closed = false
  let dropped = 0
  let shard = Math.floor(Math.random() * shards)

  const write = async (): Promise<void> => {
    const writes = writesOf(pending, (shard = (shard + 1) % shards))
    pending = nothingPending()
    let lost = false
    for (let start = 0; start < writes.length; start += hashesPerWrite) {
      const part = writes.slice(start, start + hashesPerWrite)
      if (!lost && (await bounded(() => send(client, part), false, writeMs))) continue
      lost = true
      dropped += part.reduce((sum, { increments }) => sum + increments, 0)
    }
  }
  const schedule = (): void => {
    if (timer || writing || closed) return
    timer = setTimeout(() => {
      timer = undefined
      writing = write().finally(() => {
        writing = undefined
        if (pending.served.size + pending.observed.size > 0) schedule()
      })
    }, flushMs)
    timer.unref?.()
  }
  const count = (increments: number, add: () => boolean): void => {
    if (closed || !add()) dropped += increments
    else schedule()
  }

  return {
    served: (experiment, variant) => count(1, () => addServed(pending, experiment, variant)),
    observe: (experiment, variant, calls, errors, now) =>
      count(calls, () => addObserved(pending, experiment, variant, calls, errors, now)),
    dropped: () => dropped,
    async close() {
      closed = true
      clearTimeout(timer)
      await writing
      await write()
    },
  }
}
