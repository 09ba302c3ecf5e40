export { wilsonInterval } from './wilson.ts'
export {
  type FixedEstimate, type WelchArm, equivalence, fixedBound, fixedInterval, fixedP, fixedT, welch, welchArm,
  welchDegrees, welchShare,
} from './welch.ts'
