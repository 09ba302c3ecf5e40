import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type Stream = { nfd?: number; node: object }
type NodeFilesystem = { stream_ops: Record<string, unknown>; realPath(node: object): string }

/**
 * PGlite as it comes never flushes: it starts with `-F` (fsync off) and its file system ignores fsync, so
 * that a power cut can lose or corrupt acknowledged writes. These parameters turn fsync on; the method is
 * `fsync` because `fdatasync` never leaves the WebAssembly.
 */
export const durableStartParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]

/** Flush one file or directory by its path. */
export const fsyncPath = (path: string): void => {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Flush everything below a directory, and the directory itself. */
export const fsyncTree = (directory: string): void => {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) fsyncTree(path)
    else if (entry.isFile()) fsyncPath(path)
  }
  fsyncPath(directory)
}

/** Node's file system for PGlite, with an fsync that reaches the disk. */
export class DurableFS extends NodeFS {
  /** How many times a file or directory was flushed. */
  syncs = 0

  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...args)
    const hook = (module: { NODEFS: unknown }): void => {
      const filesystem = module.NODEFS as NodeFilesystem
      filesystem.stream_ops['fsync'] = (stream: Stream): number => {
        if (stream.nfd === undefined) fsyncPath(filesystem.realPath(stream.node))
        else fsyncSync(stream.nfd)
        this.syncs++
        return 0
      }
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), hook] } }
  }
}
