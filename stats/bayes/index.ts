export {
  type BetaPosterior, type GammaPosterior, type NormalPosterior, type Posterior, type StudentPosterior,
} from './posterior.ts'
export { type Best, type BestArm, probabilityBest } from './probability-best.ts'
