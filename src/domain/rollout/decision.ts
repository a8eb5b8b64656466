/** What a tick of a rollout decides: the next state and what the one push with it changes. */

import type { ManifestChange } from '../../formats/edit-manifest.ts';
import type { Phase, RolloutState } from '../../formats/rollout-state.ts';

export type ManifestEffect =
  /** The first manifest of an artifact: the candidate is its stable version at once. */
  | { readonly kind: 'create' }
  | { readonly kind: 'change'; readonly change: ManifestChange }
  /** Byte for byte as it was before the rollout. */
  | { readonly kind: 'restore' };

/** Who must hold the stage for git to be true: a version, or nobody (null). */
export interface StageEffect {
  readonly version: string | null;
}

export interface Decision {
  /** A transition is recorded; a note only moves the state. */
  readonly kind: 'transition' | 'note' | 'none';
  readonly state: RolloutState;
  readonly manifest?: ManifestEffect;
  readonly stage?: StageEffect;
  /** Whether more traffic goes to the candidate; a tick does this at most once. */
  readonly increase: boolean;
}

export function stay(state: RolloutState): Decision {
  return { kind: 'none', state, increase: false };
}

export interface Entry {
  readonly now: string;
  readonly actor: string;
  readonly because: string;
}

/** A state with another phase, its holds cleared. */
export function enter(state: RolloutState, phase: Phase, entry: Entry, more: Partial<RolloutState> = {}): RolloutState {
  return {
    ...state,
    generation: state.generation + 1,
    phase,
    enteredAt: entry.now,
    because: entry.because,
    actor: entry.actor,
    holds: [],
    returnTo: null,
    consecutiveErrors: 0,
    ...more,
  };
}

/** Notes why a rollout waits; the same reason twice is no news. */
export function hold(state: RolloutState, reason: string, now: string): Decision {
  if (state.holds.length === 1 && state.holds[0]!.reason === reason && state.consecutiveErrors === 0)
    return stay(state);
  const held = { ...state, generation: state.generation + 1, holds: [{ reason, since: now }], consecutiveErrors: 0 };
  return { kind: 'note', state: held, increase: false };
}
