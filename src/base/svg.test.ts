import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barChart, lineChart, stepStrip } from './svg.ts';
import { shortenTo, spread, ticksOf, widthOf } from './svg-parts.ts';

/** Throws unless every tag is closed in order and every attribute quoted. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [tag, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?: [a-z:-]+="[^"<>]*")*(\/?)>/gi)) {
    if (close === '/') expect(open.pop()).toBe(name);
    else if (self !== '/') open.push(name!);
    expect(tag).not.toMatch(/script|onload/i);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>"]/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

interface Label {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

function labelsOf(svg: string): readonly Label[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', raw = '']) => {
    const number = (name: string) => Number(new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1]);
    const text = raw.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? 'start';
    const width = widthOf(text);
    const from = number('x') - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    return { text, from, to: from + width, y: number('y') };
  });
}

function assertNoOverlap(svg: string, width: number): void {
  const labels = labelsOf(svg).filter((label) => label.text !== '');
  for (const [index, a] of labels.entries()) {
    expect(a.to).toBeLessThanOrEqual(width + 1);
    for (const b of labels.slice(index + 1))
      if (Math.abs(a.y - b.y) < 11)
        expect(a.to <= b.from + 0.5 || b.to <= a.from + 0.5, `${a.text} over ${b.text}`).toBe(true);
  }
}

const name = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('<b>', '"x', '&', 'January 2001', '\0', '\ud800'));
const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(0, Number.NaN, 0.5));
const verdict = fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const);

describe('lineChart', () => {
  const point = fc.record({ x: name, y: value, low: value, high: value, verdict }, { requiredKeys: ['x', 'y'] });
  const chart = fc.record({
    title: name,
    series: fc.array(fc.record({ name, points: fc.array(point, { maxLength: 30 }) }), { maxLength: 6 }),
    limits: fc.array(fc.record({ y: fc.double({ min: -10, max: 10, noNaN: true }), label: name }), { maxLength: 4 }),
  });

  it('is well-formed whatever the data', () => {
    fc.assert(fc.property(chart, (data) => assertWellFormed(lineChart(data))));
  });

  it('puts no label on another', () => {
    fc.assert(fc.property(chart, (data) => assertNoOverlap(lineChart(data), 480)));
  });

  it('tells title, values and verdicts to those who cannot see it', () => {
    const points = [
      { x: 'March', y: 1.01, low: 1, high: 1.02, verdict: 'pass' as const },
      { x: 'April', y: 0.88, verdict: 'fail' as const },
    ];
    const svg = lineChart({
      title: 'Decay <x>',
      series: [{ name: 'o/e', points }],
      limits: [0.9],
      band: { from: 0.9, to: 1.1 },
    });
    expect(svg).toContain('role="img"');
    expect(svg).toContain('aria-label="Decay &#60;x&#62;. o/e: March 1.01, April 0.88"');
    expect(svg).toContain('<title>o/e, March: 1.01 (1 to 1.02), pass</title>');
    expect(svg).toMatch(/class="dot fail" d="M[^"]*z"/);
    expect(svg).toContain('class="limit"');
    expect(svg).toContain('class="band"');
  });

  it('says no data', () => {
    expect(lineChart({ title: 't', series: [] })).toContain('no data');
    expect(lineChart({ title: 't', series: [{ name: 'a', points: [{ x: 'a', y: Number.NaN }] }] })).toContain(
      'no data',
    );
  });
});

it('draws bars of any data, values apart from labels', () => {
  const bar = fc.record({ label: name, value, low: value, high: value, verdict }, { requiredKeys: ['label', 'value'] });
  const limits = fc.array(fc.record({ value: fc.double({ min: -5, max: 5, noNaN: true }), label: name }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.record({ title: name, bars: fc.array(bar, { maxLength: 15 }), limits }), (data) => {
      const svg = barChart(data);
      assertWellFormed(svg);
      assertNoOverlap(svg, 480);
    }),
  );
});

it('draws any number of steps', () => {
  const state = fc.constantFrom('done' as const, 'active' as const, 'waiting' as const, 'failed' as const);
  const step = fc.record({ label: name, detail: name, state }, { requiredKeys: ['label', 'state'] });
  fc.assert(
    fc.property(fc.record({ title: name, steps: fc.array(step, { maxLength: 15 }) }), (data) => {
      const svg = stepStrip(data);
      assertWellFormed(svg);
      assertNoOverlap(svg, 480);
    }),
  );
});

describe('parts', () => {
  it('covers the range with few round ticks', () => {
    expect(ticksOf(0.79, 1.13)).toEqual([0.7, 0.8, 0.9, 1, 1.1, 1.2]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (low, size) => {
          fc.pre(size > Math.abs(low) * 1e-6);
          const ticks = ticksOf(low, low + size);
          expect(ticks[0]!).toBeLessThanOrEqual(low + size * 1e-3);
          expect(ticks.at(-1)!).toBeGreaterThanOrEqual(low + size * 0.999);
          expect(ticks.length).toBeLessThanOrEqual(8);
        },
      ),
    );
  });

  it('spreads labels', () => {
    expect(spread([10, 11, 50], 14, 100)).toEqual([10, 24, 50]);
    expect(spread([98, 99], 14, 100)).toEqual([86, 100]);
  });

  it('shortens to fit', () => {
    fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => widthOf(shortenTo(text, 50)) <= 61));
    expect(shortenTo('distance', 500)).toBe('distance');
  });
});
