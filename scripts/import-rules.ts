/** Who may import whom. A path is a folder or a file of the project; the most specific entry that fits decides. */
export type Rule = { from: string; mayImport: string[]; packages: RegExp | 'any'; why: string }

const none = /^$/

export const rules: Rule[] = [
  {
    from: 'stats',
    mayImport: ['stats'],
    packages: /^(jstat|@stdlib\/)/,
    why: 'stats is a pure library that others use on its own: pass plain values in, and keep node:*, clocks and src out',
  },
  {
    from: 'src/assign',
    mayImport: ['src/assign'],
    packages: none,
    why: 'assignment runs in browsers and at the edge as it is: hand in what it needs as arguments',
  },
  {
    from: 'src/errors.ts',
    mayImport: [],
    packages: none,
    why: 'every layer knows the errors, so the errors know no layer',
  },
  {
    from: 'src/token',
    mayImport: ['src/token', 'src/assign', 'src/errors.ts'],
    packages: /^node:crypto$/,
    why: 'a token is bytes and a signature, nothing else',
  },
  {
    from: 'src/targeting',
    mayImport: ['src/targeting', 'src/assign', 'src/errors.ts'],
    packages: /^json-logic-engine/,
    why: 'a rule turns attributes into yes or no without looking anywhere else',
  },
  {
    from: 'src/core',
    mayImport: ['src/core', 'src/assign', 'stats', 'src/errors.ts'],
    packages: /^zod$/,
    why: 'core decides from plain values: load before, write after, and pass the clock in',
  },
  {
    from: 'src/report',
    mayImport: ['src/report', 'src/core', 'stats', 'src/errors.ts'],
    packages: /^(hono|csv-stringify|echarts)(\/|$)/,
    why: 'pages are handed their data, so that a report can be drawn from anywhere',
  },
  {
    from: 'src/store',
    mayImport: ['src/store', 'src/core', 'src/assign', 'src/errors.ts'],
    packages: /^(drizzle-orm|postgres|@electric-sql\/pglite|node:|zod)/,
    why: 'a store reads and writes; what to write is decided in core',
  },
  {
    from: 'src/counters',
    mayImport: ['src/counters', 'src/core', 'src/errors.ts'],
    packages: /^(ioredis|node:)/,
    why: 'counters are best effort: nothing about truth or HTTP belongs here',
  },
  {
    from: 'src/ingest',
    mayImport: ['src/ingest', 'src/assign', 'src/token', 'src/core', 'src/store', 'src/errors.ts', 'src/deps.ts'],
    packages: /^(node:|postgres)/,
    why: 'ingestion turns attributed outcomes into commits; HTTP and reports are elsewhere',
  },
  {
    from: 'src/engine',
    mayImport: ['src/engine', 'src/core', 'src/deps.ts', 'src/errors.ts', 'src/store'],
    packages: /^node:/,
    why: 'the engine runs what core decided; new rules belong into core',
  },
  {
    from: 'src/notify',
    mayImport: ['src/notify', 'src/core', 'src/deps.ts', 'src/errors.ts'],
    packages: /^node:/,
    why: 'webhooks send what was decided; what to say is decided in core, and where it is kept is handed in',
  },
  {
    from: 'src/http',
    mayImport: ['src/http', 'src/assign', 'src/core', 'src/report', 'src/deps.ts', 'src/errors.ts', 'src/token', 'src/targeting'],
    packages: /^(hono|zod|zod-openapi|prom-client|node:crypto)/,
    why: 'a route parses, loads, decides, effects and responds; everything with a connection comes through Deps',
  },
  {
    from: 'src/live',
    mayImport: ['src/live', 'src/assign', 'src/core', 'src/targeting', 'src/deps.ts', 'src/errors.ts'],
    packages: /^node:/,
    why: 'the live snapshot holds what nodes serve; where it comes from is handed in',
  },
  {
    from: 'src/client',
    mayImport: ['src/client', 'src/assign'],
    packages: none,
    why: 'the client is bundled into applications: nothing of the service may travel with it',
  },
  {
    from: 'src/entry',
    mayImport: ['src', 'stats'],
    packages: 'any',
    why: 'entries wire everything, and nobody imports an entry',
  },
]
