/** Upper bounds of the latency buckets, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type RouteStats = {
  /** Count one answer that took `ms` milliseconds. */
  done(status: number, ms: number): void
}

export type Stats = {
  route(method: string, path: string): RouteStats
  /** Prometheus text. */
  text(): string
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

export type Labels = Record<string, string | number>

/** One sample in the text format of Prometheus. */
export const sample = (name: string, labels: Labels, value: number): string => {
  const inner = Object.entries(labels).map(([key, text]) => `${key}="${escaped(String(text))}"`).join(',')
  return `${name}${inner === '' ? '' : `{${inner}}`} ${value}\n`
}

export const heading = (name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`

type Counted = { method: string; path: string; ok: number; statuses: Map<number, number>; buckets: number[]; seconds: number; count: number }

const countsText = (routes: readonly Counted[]): string =>
  heading('contender_http_requests_total', 'counter', 'Requests answered.') +
  routes
    .flatMap(({ method, path, ok, statuses }) =>
      [...(ok > 0 ? [[200, ok] as const] : []), ...statuses].map(([status, count]) => sample('contender_http_requests_total', { route: path, method, status }, count)),
    )
    .join('')

/** Calls that came too often: by key or address, with keys that are none, or for one stream too many. */
const limitedText = (routes: readonly Counted[]): string => {
  const name = 'contender_rate_limited_total'
  const refused = new Map<string, number>()
  for (const { path, statuses } of routes) {
    const count = statuses.get(429) ?? 0
    if (count > 0) refused.set(path, (refused.get(path) ?? 0) + count)
  }
  return heading(name, 'counter', 'Calls refused because there were too many.') + [...refused].map(([route, count]) => sample(name, { route }, count)).join('')
}

const durationText = ({ path, buckets, seconds, count }: Counted): string => {
  const name = 'contender_http_request_duration_seconds'
  let sum = 0
  const lines = bounds.map((bound, index) => sample(`${name}_bucket`, { route: path, le: bound }, (sum += buckets[index] ?? 0)))
  return lines.join('') + sample(`${name}_bucket`, { route: path, le: '+Inf' }, count) +
    sample(`${name}_sum`, { route: path }, seconds) + sample(`${name}_count`, { route: path }, count)
}

/** Durations of one path over its methods: the label set stays small. */
const byPath = (routes: readonly Counted[]): Counted[] => {
  const merged = new Map<string, Counted>()
  for (const one of routes) {
    const into = merged.get(one.path) ?? { ...one, buckets: bounds.map(() => 0), seconds: 0, count: 0 }
    merged.set(one.path, into)
    one.buckets.forEach((count, index) => (into.buckets[index]! += count))
    into.seconds += one.seconds
    into.count += one.count
  }
  return [...merged.values()]
}

/** Counts and latencies of answers. Plain numbers, so that counting costs nothing worth measuring. */
export const createStats = (): Stats => {
  const routes: Counted[] = []
  return {
    route(method, path) {
      const counted: Counted = { method: method.toUpperCase(), path, ok: 0, statuses: new Map(), buckets: bounds.map(() => 0), seconds: 0, count: 0 }
      routes.push(counted)
      return {
        done(status, ms) {
          const seconds = ms / 1_000
          let bucket = 0
          while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++
          if (bucket < bounds.length) counted.buckets[bucket]!++
          counted.seconds += seconds
          counted.count++
          if (status === 200) counted.ok++
          else counted.statuses.set(status, (counted.statuses.get(status) ?? 0) + 1)
        },
      }
    },
    text() {
      const used = routes.filter((one) => one.count > 0)
      const name = 'contender_http_request_duration_seconds'
      return countsText(used) + limitedText(used) + heading(name, 'histogram', 'Time until the answer was ready.') + byPath(used).map(durationText).join('')
    },
  }
}
