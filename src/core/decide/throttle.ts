/** How often the candidate that is asked for most is asked for, calls a second, while so large a part of enrolment is let in. */
export type Load = { rate: number; throttle: number }

/** What enrolment is cut to, and what from. */
export type Throttled = Load & { to: number; maxRps: number }

/** Aimed at so far below the cap, so that ordinary ups and downs do not reach it. */
const aim = 0.95
/** Enrolment grows again only when it can by so much at once, or wholly: each change is an epoch. */
const leastGrowth = 1.2
/** Never less, so that the load can still be seen. */
const least = 0.001

/**
 * The part of enrolment to let in from now on, in (0, 1]; null where it stays as it is. It falls as soon as the busiest
 * candidate gets more than it may, and grows when there is room for clearly more. All arms lose the same part of their
 * units, by the hash that enrols them: who is out gets the champion, and nobody changes arm.
 *
 * @param maxRps calls a second that a candidate may get, above 0
 * @param mayGrow not too soon after the last change
 */
export const throttleTo = ({ rate, throttle }: Load, maxRps: number, mayGrow: boolean): number | null => {
  const demand = rate / throttle
  const wanted = demand * least >= aim * maxRps ? least : Math.min(1, demand > 0 ? (aim * maxRps) / demand : 1)
  if (rate > maxRps) return wanted < throttle ? wanted : null
  const grows = wanted >= throttle * leastGrowth || (wanted === 1 && throttle < 1)
  return mayGrow && grows ? wanted : null
}
