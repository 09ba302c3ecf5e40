import { build } from 'esbuild'

/** One script of an entry and all it imports, as it would be deployed. Node's own modules stay imports. */
export const bundle = async (entry: URL, format: 'esm' | 'iife'): Promise<string> => {
  const result = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    write: false,
    format,
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    external: ['node:*'],
    logLevel: 'error',
  })
  const [output] = result.outputFiles
  if (!output) throw new Error(`nothing came of ${entry.pathname}`)
  return output.text
}
