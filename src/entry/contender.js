#!/usr/bin/env node
// Runs the command with a Node that can: the sources need Node 24, which the package `node` brings where the system's is
// older. Node runs no TypeScript inside of node_modules, so that an installed package runs what was compiled of it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const compiled = join(here, '../../dist/src/entry/cli.js')
const installed = here.split(/[\\/]/).includes('node_modules')
const entry = installed && existsSync(compiled) ? compiled : join(here, 'cli.ts')

/** The Node of the package; this one where it is not installed, which then says itself what it lacks. */
const newerNode = () => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : process.execPath
  } catch {
    return process.execPath
  }
}

if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = entry
  await import(pathToFileURL(entry).href)
} else {
  const child = spawn(newerNode(), [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  // a terminal sends Ctrl-C to both; whoever sends a signal to this process alone means the other one
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.exit(signal === 'SIGINT' ? 130 : 143)
  })
}
