/** Collects one output stream of a program up to a size and cuts it into lines as it comes. */

import { StringDecoder } from 'node:string_decoder';

export interface Output {
  push(chunk: Buffer): void;
  /** Hands out the last line when it has no line end. */
  end(): void;
  text(): string;
}

export interface OutputOptions {
  readonly maxBytes: number;
  readonly dropOldest: boolean;
  readonly onLine: (line: string) => void;
  readonly onOverflow: () => void;
}

/** A line without end is handed out in pieces of this many characters. */
const longestLine = 64 * 1024;

export function createOutput(options: OutputOptions): Output {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let overflowed = false;
  const lines = createLines(options.onLine);
  return {
    push(chunk) {
      if (overflowed) return;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > options.maxBytes) {
        if (!options.dropOldest) {
          overflowed = true;
          chunks.length = 0;
          return options.onOverflow();
        }
        while (chunks.length > 1 && bytes - chunks[0]!.length >= options.maxBytes) bytes -= chunks.shift()!.length;
      }
      lines.push(chunk);
    },
    end: () => lines.end(),
    text() {
      const whole = Buffer.concat(chunks);
      return whole.subarray(Math.max(0, whole.length - options.maxBytes)).toString('utf8');
    },
  };
}

/** Ends of lines are `\n`, `\r\n` and the lone `\r` of progress bars. */
function createLines(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let afterReturn = false;
  const take = (text: string): void => {
    const fresh = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') afterReturn = text.endsWith('\r');
    const parts = (rest + fresh).split(/\r\n|\n|\r/);
    rest = parts.pop()!;
    for (const part of parts) onLine(part);
    while (rest.length > longestLine) {
      onLine(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
