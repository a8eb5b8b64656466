/** Fixes the seed of property tests, so that a run can be repeated; FAST_CHECK_SEED draws other cases. */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FAST_CHECK_SEED ?? 20_260_101) });
