import { createEdgeStores } from './edge/create-stores.ts'
import { createEdgeWorker } from './edge/serve.ts'

/** The service for Cloudflare Workers; wrangler.toml says how it is deployed. */
export default createEdgeWorker(createEdgeStores)
