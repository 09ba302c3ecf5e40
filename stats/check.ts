/** Guards of public functions: each throws a RangeError that names the argument and shows its value. */

/** A probability strictly between 0 and 1. */
export const requireOpenUnit = (name: string, value: number): void => {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} must lie in (0, 1), got ${value}`)
}

/** A probability, both ends allowed. */
export const requireUnit = (name: string, value: number): void => {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must lie in [0, 1], got ${value}`)
}

export const requirePositive = (name: string, value: number): void => {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} must be a finite number above 0, got ${value}`)
}

export const requireNonNegative = (name: string, value: number): void => {
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(`${name} must be a finite number of at least 0, got ${value}`)
  }
}

export const requireFinite = (name: string, value: number): void => {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, got ${value}`)
}

/** A whole number of at least `least`, small enough to be counted exactly. */
export const requireCount = (name: string, value: number, least = 0): void => {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`)
  }
}
