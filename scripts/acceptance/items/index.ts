import type { Item } from '../item.ts'
import { alike } from './alike.ts'
import { bandit } from './bandit.ts'
import { breaker } from './breaker.ts'
import { drift } from './drift.ts'
import { falseAlarms } from './false-alarms.ts'
import { harm } from './harm.ts'
import { lateHarm } from './late-harm.ts'
import { ledger } from './ledger.ts'
import { lowTraffic } from './low-traffic.ts'
import { outages } from './outages.ts'
import { races } from './races.ts'
import { registry } from './registry.ts'
import { silence } from './silence.ts'
import { stickiness } from './stickiness.ts'

/** Every promise that is measured. A new one is a file beside this one and a line here. */
export const items: readonly Item[] = [
  falseAlarms, harm, lateHarm, breaker, silence, outages, stickiness, races, alike, ledger, registry, lowTraffic, bandit, drift,
]
