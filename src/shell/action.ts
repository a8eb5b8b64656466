/** Entry of the root action, which runs any command. */

import { runFrontAction } from './run-front-action.ts';

await runFrontAction(process.env);
