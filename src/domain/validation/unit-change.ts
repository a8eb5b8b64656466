/** Recognises a column whose unit changed: its quantiles are those of the baseline times a factor that people convert with. */

export interface KnownFactor {
  readonly factor: number;
  readonly offset?: number;
  readonly name: string;
}

/** Conversions in both directions are derived; factors near 1 are left out, because ordinary drift looks like them. */
const conversions: readonly KnownFactor[] = [
  { factor: 1.609344, name: 'miles to kilometres' },
  { factor: 1.852, name: 'nautical miles to kilometres' },
  { factor: 3.28084, name: 'metres to feet' },
  { factor: 2.54, name: 'inches to centimetres' },
  { factor: 25.4, name: 'inches to millimetres' },
  { factor: 2.204623, name: 'kilograms to pounds' },
  { factor: 28.349523, name: 'ounces to grams' },
  { factor: 3.785412, name: 'US gallons to litres' },
  { factor: 4.184, name: 'kilocalories to kilojoules' },
  { factor: 3.6, name: 'metres per second to kilometres per hour' },
  { factor: 57.29578, name: 'radians to degrees' },
  { factor: 7, name: 'weeks to days' },
  { factor: 10, name: 'units to tenths' },
  { factor: 12, name: 'years to months, or feet to inches' },
  { factor: 24, name: 'days to hours' },
  { factor: 60, name: 'hours to minutes, or minutes to seconds' },
  { factor: 100, name: 'shares to percent, or units to hundredths' },
  { factor: 1000, name: 'units to thousandths' },
  { factor: 1024, name: 'a step of binary units' },
  { factor: 1440, name: 'days to minutes' },
  { factor: 3600, name: 'hours to seconds' },
  { factor: 86_400, name: 'days to seconds' },
  { factor: 1_000_000, name: 'units to millionths' },
  { factor: 1.8, offset: 32, name: 'degrees Celsius to Fahrenheit' },
];

const factors: readonly KnownFactor[] = conversions.flatMap((one) => [one, reversed(one)]);

function reversed({ factor, offset, name }: KnownFactor): KnownFactor {
  const words = name.split(', or ').map((part) => part.split(' to ').reverse().join(' to '));
  return {
    factor: 1 / factor,
    ...(offset === undefined ? {} : { offset: -offset / factor }),
    name: words.join(', or '),
  };
}

export interface UnitChange extends KnownFactor {
  /** Mean distance of the quantiles from baseline times factor, over the spread of the baseline times factor. */
  readonly misfit: number;
  /** The same without a factor. */
  readonly misfitUnchanged: number;
}

/** Without a factor the quantiles must be at least this far off, or there is nothing to explain. */
const notable = 0.1;
/** With the factor they must be at most this far off, and five times nearer than without. */
const close = 0.05;
const times = 5;
/** The factor of best fit must be this near to the known one. */
const tolerance = 0.05;

/** Both lists hold the values at the same levels; undefined when no known factor explains the move. */
export function findUnitChange(reference: readonly number[], current: readonly number[]): UnitChange | undefined {
  const n = reference.length;
  if (n < 5 || current.length !== n || [...reference, ...current].some((value) => !Number.isFinite(value)))
    return undefined;
  const spread = Math.max(...reference) - Math.min(...reference);
  if (spread <= 0) return undefined;
  const misfit = ({ factor, offset = 0 }: Pick<KnownFactor, 'factor' | 'offset'>): number =>
    current.reduce((all, value, index) => all + Math.abs(value - reference[index]! * factor - offset), 0) /
    (n * spread * factor);
  const misfitUnchanged = misfit({ factor: 1 });
  const best = factors
    .map((known) => ({ ...known, misfit: misfit(known), misfitUnchanged }))
    .reduce((one, other) => (other.misfit < one.misfit ? other : one));
  // Shrinking by a large factor hardly moves the values against the old spread, so both sides' spreads count.
  const currentSpread = Math.max(...current) - Math.min(...current);
  const unchanged = Math.max(misfitUnchanged, currentSpread <= 0 ? 0 : (misfitUnchanged * spread) / currentSpread);
  if (unchanged < notable || best.misfit > close || best.misfit * times > unchanged) return undefined;
  return Math.abs(fittedFactor(reference, current, best.offset) / best.factor - 1) <= tolerance ? best : undefined;
}

/** Least squares through the origin. */
function fittedFactor(reference: readonly number[], current: readonly number[], offset = 0): number {
  const products = reference.reduce((all, value, index) => all + value * (current[index]! - offset), 0);
  return products / reference.reduce((all, value) => all + value * value, 0);
}
