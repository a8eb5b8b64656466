/**
 * Stands in for the package `buffers`, which states no licence and so cannot be shipped. It comes with `binary`, whose streaming half
 * alone needs it; `unzip-stream` calls only the other half, `binary.parse`.
 */
export {};
