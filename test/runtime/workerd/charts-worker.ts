import { chartSamples } from '../chart-samples.ts'

export default { fetch: async (): Promise<Response> => Response.json(await chartSamples()) }
