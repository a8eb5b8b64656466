/** The steps of the demo, in order. */

import type { Step } from './demo.ts';
import { broken } from './steps/broken.ts';
import { january } from './steps/january.ts';
import { lineage } from './steps/lineage.ts';
import { months } from './steps/months.ts';
import { refused } from './steps/refused.ts';
import { retrain } from './steps/retrain.ts';
import { slow } from './steps/slow.ts';

export const steps: readonly Step[] = [january, refused, broken, months, retrain, slow, lineage];
