/**
 * SQL: 1 when a unit with these sums belongs to n of the metric with this ordinal (from 1), else 0.
 *
 * A unit belongs once it has a denominator, Y > 0. Of a `ratio` it belongs as well with a numerator alone: ΣX/ΣY is the
 * ratio of two sums over units, of which this is a cluster with Y = 0, as the delta method takes it (Deng, Knoblich and
 * Lu 2018, section 3). Its X is in ΣX and ΣX², so n must count it: else means per unit, the weights of regimes that they
 * enter, and the clock of the sequence would speak of fewer units than the sums do. Leaving its X out instead would
 * choose units by what happened to them after they were assigned. Units that reported neither stay out of n: they change
 * no sum, and would make a handful of reports look like a sample of everybody.
 *
 * Nothing but a ratio can have X without Y, except for the rounding that a correction leaves behind; hence the kind,
 * which is read only for such units.
 */
export const countsInMetric = (x: string, y: string, metrics: string, ordinal: string): string => `(case when ${y} > 0 then 1
  when coalesce(${x}, 0) = 0 and coalesce(${y}, 0) = 0 then 0
  when ${metrics} -> (${ordinal}::int - 1) ->> 'kind' = 'ratio' then 1 else 0 end)`
