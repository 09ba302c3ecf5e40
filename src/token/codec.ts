/** What a token says about one assignment. */
export type Assignment = {
  /** Counts for the version's watch, not for an experiment. */
  readonly watch: boolean
  /** A shadow's answer: compared with the served one, never taken as a result. */
  readonly shadow: boolean
  /** Experiment id; the model id of a watch token. 32 bits, unsigned, as `scope` and `epoch`. */
  readonly experiment: number
  readonly scope: number
  /** Epoch of the experiment; of a watch token the days since 1970-01-01, UTC. */
  readonly epoch: number
  /** Ordinal in [0, 255]; 0 in a watch token. */
  readonly variant: number
  /** Keyed unit hash, 32 lower-case hex digits. */
  readonly unit: string
  /** In (0, 1], or null where nothing was drawn. */
  readonly propensity: number | null
  /** When it was signed, in milliseconds since 1970; 48 bits. */
  readonly time: number
  /** Drawn at random for this assignment, 16 lower-case hex digits. */
  readonly id: string
}

const WATCH = 1
const SHADOW = 2
const KNOWN_FLAGS = WATCH | SHADOW

/** flags 1, variant 1, experiment 4, scope 4, epoch 4, time 6, propensity 8, unit 16, id 8; big-endian. */
export const PAYLOAD_BYTES = 52

/**
 * Write an assignment into the first `PAYLOAD_BYTES` of a buffer.
 *
 * @throws {RangeError} when a field does not fit
 */
export const encodeAssignment = (assignment: Assignment, into: Buffer): void => {
  const { propensity } = assignment
  if (propensity !== null && !(propensity > 0 && propensity <= 1)) {
    throw new RangeError(`propensity must lie in (0, 1] or be null, got ${propensity}`)
  }
  into[0] = (assignment.watch ? WATCH : 0) | (assignment.shadow ? SHADOW : 0)
  into.writeUInt8(assignment.variant, 1)
  into.writeUInt32BE(assignment.experiment, 2)
  into.writeUInt32BE(assignment.scope, 6)
  into.writeUInt32BE(assignment.epoch, 10)
  into.writeUIntBE(assignment.time, 14, 6)
  into.writeDoubleBE(propensity ?? 0, 20)
  writeHex(into, assignment.unit, 28, 16)
  writeHex(into, assignment.id, 44, 8)
}

const writeHex = (into: Buffer, hex: string, at: number, bytes: number): void => {
  if (hex.length !== bytes * 2 || into.write(hex, at, bytes, 'hex') !== bytes) {
    throw new RangeError(`expected ${bytes * 2} hex digits, got "${hex}"`)
  }
}

/** Read what `encodeAssignment` wrote. Null for flags or a propensity that this version never writes. */
export const decodeAssignment = (from: Buffer): Assignment | null => {
  const flags = from.readUInt8(0)
  const propensity = from.readDoubleBE(20)
  if ((flags & ~KNOWN_FLAGS) !== 0 || !(propensity >= 0 && propensity <= 1)) return null
  return {
    watch: (flags & WATCH) !== 0,
    shadow: (flags & SHADOW) !== 0,
    experiment: from.readUInt32BE(2),
    scope: from.readUInt32BE(6),
    epoch: from.readUInt32BE(10),
    variant: from.readUInt8(1),
    unit: from.toString('hex', 28, 44),
    propensity: propensity === 0 ? null : propensity,
    time: from.readUIntBE(14, 6),
    id: from.toString('hex', 44, 52),
  }
}
