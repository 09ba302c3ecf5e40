import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { DurableFS, durableStartParams, fsyncPath, fsyncTree } from './durable-fs.ts'
import { greetingOf, message } from './frames.ts'
import type { Answer, Request, WorkerData } from './messages.ts'

const { directory } = workerData as WorkerData
const port = parentPort
if (!port) throw new Error('worker.ts runs in a worker thread')

const openDirectory = async (path: string): Promise<{ pg: PGlite; fs: DurableFS }> => {
  const fs = new DurableFS(path)
  return { pg: await PGlite.create({ fs, startParams: durableStartParams }), fs }
}

/** Build a new store beside its place, flush it, and move it there: it exists whole or not at all. */
const initialise = async (path: string): Promise<void> => {
  const draft = `${path}.new`
  rmSync(draft, { recursive: true, force: true })
  const { pg } = await openDirectory(draft)
  await pg.close()
  fsyncTree(draft)
  rmSync(path, { recursive: true, force: true })
  renameSync(draft, path)
  fsyncPath(dirname(path)) // only the directory: see lock.ts
}

const open = async (): Promise<{ pg: PGlite; fs?: DurableFS }> => {
  if (directory === null) return { pg: await PGlite.create() }
  if (!existsSync(join(directory, 'PG_VERSION'))) await initialise(directory)
  return openDirectory(directory)
}

const { pg, fs } = await open()

/** Feed whole frontend messages to the engine; its answer as one buffer of its own. */
const execute = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  await pg.execProtocolRawStream(bytes, { syncToFs: false, onRawData: (part) => void parts.push(part.slice()) })
  const answer = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    answer.set(part, offset)
    offset += part.length
  }
  return answer
}

/**
 * There is one session, so a new connection inherits the old one's: leave its pipeline (Sync), its
 * transaction, its prepared statements and its settings.
 */
const resetSession = async (): Promise<void> => {
  await execute(message('S'))
  await execute(message('Q', 'rollback\0'))
  await execute(message('Q', 'discard all\0'))
}

const send = (answer: Answer): void =>
  port.postMessage(answer, 'bytes' in answer ? [answer.bytes.buffer as ArrayBuffer] : [])

const handle = async (request: Request): Promise<void> => {
  if (request.type === 'syncs') return send({ type: 'syncs', count: fs?.syncs ?? 0 })
  if (request.type === 'close') {
    await pg.close()
    send({ type: 'closed' })
    return port.close()
  }
  if (greetingOf(request.bytes) === 'startup') await resetSession()
  send({ type: 'answer', session: request.session, bytes: await execute(request.bytes) })
}

// One request after another: the engine's calls are synchronous, but a reset takes several.
let last = Promise.resolve()
port.on('message', (request: Request) => {
  last = last.then(() => handle(request)).catch((error: unknown) => {
    // the engine is in an unknown state: end this thread, the store opens a new one
    setImmediate(() => {
      throw error
    })
  })
})
send({ type: 'ready' })
