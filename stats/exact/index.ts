export { type Batch, IMAGINED, type Imagined, type Seen } from './bet-size.ts'
export {
  type Values, type Wager, type Wealth, bettingP, hedgedLogCapital, initialWealth, placeBets,
} from './betting.ts'
export { type BoundedMean, addBounded, boundedMeanInterval, hoeffdingInterval, noBoundedMean } from './bounded-mean.ts'
export {
  type Bernstein, type BernsteinOptions, addBernstein, bernsteinLower, noBernstein,
} from './empirical-bernstein.ts'
export {
  type MarginBet, type MarginGroup, STAKES, addMarginEpoch, marginInterval, marginLogE, marginP, mergeMarginBets,
  noMarginBet,
} from './margin-bet.ts'
export { type PolicyEpoch, addPolicyEpoch, policyLower } from './off-policy.ts'
export {
  type BetaPrior, FLAT_PRIOR, type ProportionTest, addDraws, mergeDraws, noDraws, priorAround, proportionInterval,
  proportionLogE, proportionP,
} from './proportion.ts'
export { type Tuned, tunedProportionBound, tunedProportionInterval } from './tuned-proportion.ts'
export {
  type Alternative, type Epoch2x2, SAFE_PRIOR, type Safe2x2, type Safe2x2Options, addBlock, noBlocks, safe2x2LogFactor,
  safe2x2P, safe2x2PeakP,
} from './two-by-two.ts'
export { differenceInterval, differenceLogE } from './two-by-two-interval.ts'
