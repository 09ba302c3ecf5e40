import { requireFinite } from '../check.ts'

/** What a baseline adds at a moment of the run, as a part of it in [0, 1]. */
export type Drift = (progress: number) => number

export const noDrift: Drift = () => 0

/** From 0 to `size` in a straight line. */
export const linearDrift = (size: number): Drift => {
  requireFinite('size', size)
  return (progress) => size * progress
}

/** `size` from a moment on. */
export const stepDrift = (size: number, at = 0.5): Drift => (progress) => (progress >= at ? size : 0)

/** A sine wave of this amplitude, `cycles` times over the run: days and weekends. */
export const cyclicDrift = (amplitude: number, cycles = 1): Drift => (progress) =>
  amplitude * Math.sin(2 * Math.PI * cycles * progress)
