/** Loading a library with a native part, from wherever this machine has it. */

export type NativeModuleName = '@duckdb/node-api' | 'onnxruntime-node';

/** @throws KitError `native-missing` with the way to get it */
export type NativeLoader = (name: NativeModuleName) => Promise<unknown>;
