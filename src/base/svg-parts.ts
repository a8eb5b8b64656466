/** Scales, ticks, text widths and marks that the SVG charts share. */

import { escapeHtml } from './html.ts';
import type { Verdict } from './verdict.ts';

/** One element; attribute values are escaped, children are trusted SVG. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: readonly string[]
): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeHtml(clean(String(value)))}"`)
    .join('');
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`;
}

/** Text content of an element. */
export function textOf(text: string): string {
  return escapeHtml(clean(text));
}

/** The whole picture: scales with its place, named and described for those who cannot see it. */
export function picture(
  size: { readonly width: number; readonly height: number },
  words: { readonly title: string; readonly description: string },
  ...children: readonly string[]
): string {
  const { width, height } = size;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      width,
      height,
      role: 'img',
      'aria-label': `${words.title}. ${words.description}`,
    },
    `<title>${textOf(words.title)}</title>`,
    `<desc>${textOf(words.description)}</desc>`,
    ...children,
  );
}

/** XML takes no control characters and no lone surrogates. */
function clean(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}+/gu, ' ');
}

export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Width of text at 12 px in a system font, rather too wide than too narrow. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0x1100) width += 13;
    else if (/[mwMW@%—…]/.test(char)) width += 10.5;
    else if (/[A-Z0-9]/.test(char)) width += 8;
    else if (/[fijlrt.,:;|!'()[\] -]/.test(char)) width += 4.6;
    else width += 7;
  }
  return width;
}

/** The text cut with an ellipsis so that it fits. */
export function shortenTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (widthOf(`${kept}${char}…`) > width) break;
    kept += char;
  }
  return `${kept.trimEnd()}…`;
}

/** Round tick values that cover the range: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(low: number, high: number, count = 5): readonly number[] {
  const [from, to] =
    low === high ? [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1] : [low, high];
  const raw = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  // 12 digits take away what binary fractions add.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

export function scaleOf(
  domain: readonly [number, number],
  range: readonly [number, number],
): (value: number) => number {
  const span = domain[1] - domain[0] || 1;
  return (value) => range[0] + ((value - domain[0]) / span) * (range[1] - range[0]);
}

/** A mark whose form, not only its colour, says the verdict: circle, diamond for fail, triangle for inconclusive. */
export function mark(x: number, y: number, verdict: Verdict | undefined, tip: string): string {
  const title = `<title>${textOf(tip)}</title>`;
  const path = (d: string): string => element('path', { class: `dot ${verdict}`, d }, title);
  if (verdict === 'fail') return path(`M${round(x)} ${round(y - 6)}l6 6l-6 6l-6 -6z`);
  if (verdict === 'inconclusive') return path(`M${round(x)} ${round(y - 6)}l6 10.5h-12z`);
  return element('circle', { class: verdict === undefined ? 'dot' : `dot ${verdict}`, cx: x, cy: y, r: 4 }, title);
}

/** Moves labels down so that none is nearer than `gap` to the one above, keeping them above `bottom`; same order as given. */
export function spread(wanted: readonly number[], gap: number, bottom: number): readonly number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let limit = -Infinity;
  for (const index of order) {
    placed[index] = Math.max(wanted[index]!, limit);
    limit = placed[index] + gap;
  }
  let ceiling = bottom;
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index]!, ceiling);
    ceiling = placed[index] - gap;
  }
  return placed;
}
