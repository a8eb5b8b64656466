/** Finds the keys a zod schema knows at a place, so that an unknown key can be answered with the nearest known one. */

import type { z } from 'zod';

export type KeyPath = readonly (string | number)[];

/** Known keys of the objects that the schema allows at a path; empty when any key may stand there. */
export function knownKeysAt(schema: z.core.$ZodType, path: KeyPath): readonly string[] {
  let places: readonly z.core.$ZodType[] = unwrap(schema);
  for (const segment of path) places = places.flatMap((place) => childrenOf(place, segment)).flatMap(unwrap);
  return [...new Set(places.flatMap((place) => Object.keys(shapeOf(place) ?? {})))];
}

/** The schemas that stand at a path, wrappers and unions taken apart. */
export function schemasAt(schema: z.core.$ZodType, path: KeyPath): readonly z.core.$ZodType[] {
  let places: readonly z.core.$ZodType[] = [schema];
  for (const segment of path) places = places.flatMap(unwrap).flatMap((place) => childrenOf(place, segment));
  return places;
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? def.shape : undefined;
}

function childrenOf(schema: z.core.$ZodType, segment: string | number): readonly z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') {
    const child = Object.hasOwn(def.shape, segment) ? def.shape[segment] : def.catchall;
    return child === undefined ? [] : [child];
  }
  if (def.type === 'record') return [def.valueType];
  if (def.type === 'array') return [def.element];
  if (def.type === 'tuple') return [def.items[Number(segment)] ?? def.rest].filter((item) => item != null);
  return [];
}

/** Optional, default, prefault, nullable, readonly, catch, lazy, pipe and union removed. */
function unwrap(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
    case 'nonoptional':
      return unwrap(def.innerType);
    case 'union':
      return def.options.flatMap(unwrap);
    case 'intersection':
      return [...unwrap(def.left), ...unwrap(def.right)];
    case 'pipe':
      return unwrap(def.in);
    case 'lazy':
      return unwrap(def.getter());
    default:
      return [schema];
  }
}
