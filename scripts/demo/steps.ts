/** The steps of the demo, in order. */

import type { Step } from './demo.ts';
import { january } from './steps/january.ts';
import { refused } from './steps/refused.ts';

export const steps: readonly Step[] = [january, refused];
