/** Renders small charts as accessible SVG: lines with intervals and limits, horizontal bars, and the steps of a rollout. */

import { element, mark, picture, scaleOf, shortenTo, spread, textOf, ticksOf, widthOf } from './svg-parts.ts';
import { formatNumber } from './text.ts';
import type { Verdict } from './verdict.ts';

export interface ChartPoint {
  /** Label on the x axis; points of all series with the same label share a place, in order of first appearance. */
  readonly x: string;
  /** NaN makes a gap. */
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  readonly verdict?: Verdict;
}

export interface LineChart {
  readonly title: string;
  readonly series: readonly { readonly name: string; readonly points: readonly ChartPoint[] }[];
  /** Zone in which all is well. */
  readonly band?: { readonly from: number; readonly to: number; readonly label?: string };
  /** A bare number is labelled with itself. */
  readonly limits?: readonly (number | { readonly y: number; readonly label: string })[];
  readonly yFormat?: (value: number) => string;
  /** Units of the view box; choose it near the width on the page, so that text keeps its size. Default 480. */
  readonly width?: number;
  readonly height?: number;
}

const titleHeight = 22;
const colours = ['one', 'two', 'three', 'four'] as const;

export function lineChart(chart: LineChart): string {
  const { series, band, yFormat = formatNumber, width = 480, height = 240 } = chart;
  const limits = (chart.limits ?? []).map((limit) =>
    typeof limit === 'number' ? { y: limit, label: yFormat(limit) } : limit,
  );
  const labels = [...new Set(series.flatMap((one) => one.points.map((point) => point.x)))];
  const values = [
    ...series.flatMap((one) => one.points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])),
    ...(band === undefined ? [] : [band.from, band.to]),
    ...limits.map((limit) => limit.y),
  ].filter(Number.isFinite);
  const size = { width, height };
  if (!series.some((one) => one.points.some((point) => Number.isFinite(point.y))))
    return emptyChart(chart.title, width);

  const ticks = ticksOf(minOf(values), maxOf(values));
  const left = maxOf(ticks.map((tick) => widthOf(yFormat(tick)))) + 14;
  const named = limits.map((limit) => ({ ...limit, label: shortenTo(limit.label, width * 0.25) }));
  const gutter = maxOf([0, ...named.map((limit) => widthOf(limit.label) + 10)]);
  const legend = series.length > 1 ? renderLegend(series, left, width) : { svg: '', height: 0 };
  const box = { left, right: width - Math.max(gutter, 14), top: titleHeight + 12 + legend.height, bottom: height - 26 };
  const y = scaleOf([ticks[0]!, ticks.at(-1)!], [box.bottom, box.top]);
  const inset = Math.min(24, (box.right - box.left) / 2);
  const x = scaleOf([0, Math.max(labels.length - 1, 1)], [box.left + inset, box.right - inset]);
  const xOf = (label: string): number => (labels.length === 1 ? (box.left + box.right) / 2 : x(labels.indexOf(label)));

  return picture(
    size,
    { title: chart.title, description: describeSeries(series, yFormat) },
    ...ticks.map((tick) => element('line', { class: 'axis', x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) })),
    ...ticks.map((tick) =>
      element('text', { class: 'soft', x: left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, textOf(yFormat(tick))),
    ),
    ...renderBand(band, box, y),
    ...renderXLabels(labels, xOf, box.bottom + 18, width),
    ...renderLimits(named, box, y),
    renderTitle(chart.title, width),
    legend.svg,
    ...series.map((one, index) => renderSeries(one, index, xOf, y, yFormat)),
  );
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function renderBand(band: LineChart['band'], box: Box, y: (value: number) => number): readonly string[] {
  if (band === undefined) return [];
  const top = Math.min(y(band.from), y(band.to));
  const height = Math.abs(y(band.from) - y(band.to));
  const label = band.label === undefined ? [] : [`<title>${textOf(band.label)}</title>`];
  return [element('rect', { class: 'band', x: box.left, y: top, width: box.right - box.left, height }, ...label)];
}

function renderLimits(
  limits: readonly { readonly y: number; readonly label: string }[],
  box: Box,
  y: (value: number) => number,
): readonly string[] {
  const places = spread(
    limits.map((limit) => y(limit.y) + 4),
    14,
    box.bottom + 4,
  );
  return limits.flatMap((limit, index) => [
    element('line', { class: 'limit', x1: box.left, x2: box.right, y1: y(limit.y), y2: y(limit.y) }),
    element('text', { class: 'soft', x: box.right + 6, y: places[index]! }, textOf(limit.label)),
  ]);
}

/** Every n-th label, so that none touches the next. */
function renderXLabels(
  labels: readonly string[],
  xOf: (label: string) => number,
  at: number,
  width: number,
): readonly string[] {
  const fitted = labels.map((label) => shortenTo(label, Math.max(60, width / 6)));
  const widest = maxOf(fitted.map(widthOf)) + 10;
  const step = labels.length > 1 ? xOf(labels[1]!) - xOf(labels[0]!) : width;
  const every = Math.max(1, Math.ceil(widest / step));
  return labels.flatMap((label, index) => {
    if (index % every !== 0) return [];
    const half = widthOf(fitted[index]!) / 2;
    const x = Math.min(Math.max(xOf(label), half + 2), width - half - 2);
    return [element('text', { class: 'soft', x, y: at, 'text-anchor': 'middle' }, textOf(fitted[index]!))];
  });
}

function renderLegend(
  series: LineChart['series'],
  left: number,
  width: number,
): { readonly svg: string; readonly height: number } {
  let x = left;
  let row = 0;
  const parts = series.map((one, index) => {
    const name = shortenTo(one.name, width - left - 40);
    const length = widthOf(name) + 40;
    if (x > left && x + length > width) [x, row] = [left, row + 1];
    const y = titleHeight + 14 + row * 18;
    const line = element('line', { ...styleOf(index), x1: x, x2: x + 20, y1: y - 4, y2: y - 4 });
    const text = element('text', { x: x + 26, y }, textOf(name));
    x += length;
    return line + text;
  });
  return { svg: parts.join(''), height: (row + 1) * 18 + 4 };
}

/** Colour by place; past four, dashes tell series of one colour apart. */
function styleOf(index: number): { readonly class: string; readonly 'stroke-dasharray': string | undefined } {
  const dash = ['', '6 4', '2 3', '10 3 2 3'][Math.floor(index / colours.length) % 4]!;
  return { class: `line ${colours[index % colours.length]}`, 'stroke-dasharray': dash === '' ? undefined : dash };
}

function renderSeries(
  one: LineChart['series'][number],
  index: number,
  xOf: (label: string) => number,
  y: (value: number) => number,
  yFormat: (value: number) => string,
): string {
  const colour = colours[index % colours.length]!;
  let path = '';
  let broken = true;
  const marks: string[] = [];
  for (const point of one.points) {
    if (!Number.isFinite(point.y)) {
      broken = true;
      continue;
    }
    const [px, py] = [xOf(point.x), y(point.y)];
    path += `${broken ? 'M' : 'L'}${Math.round(px * 100) / 100} ${Math.round(py * 100) / 100}`;
    broken = false;
    const { low = point.y, high = point.y } = point;
    if (Number.isFinite(low) && Number.isFinite(high) && low !== high) {
      const d = `M${px} ${y(low)}V${y(high)}M${px - 4} ${y(low)}h8M${px - 4} ${y(high)}h8`;
      marks.push(
        element('path', { class: `whisker ${colour}`, d: d.replace(/\d+\.\d+/g, (n) => Number(n).toFixed(1)) }),
      );
    }
    marks.push(
      element('g', { class: `mark-${colour}` }, mark(px, py, point.verdict, describePoint(one.name, point, yFormat))),
    );
  }
  return element('g', {}, element('path', { ...styleOf(index), d: path || 'M0 0' }), ...marks);
}

function describePoint(name: string, point: ChartPoint, yFormat: (value: number) => string): string {
  const interval =
    point.low === undefined || point.high === undefined ? '' : ` (${yFormat(point.low)} to ${yFormat(point.high)})`;
  return `${name}, ${point.x}: ${yFormat(point.y)}${interval}${point.verdict === undefined ? '' : `, ${point.verdict}`}`;
}

function describeSeries(series: LineChart['series'], yFormat: (value: number) => string): string {
  const text = series
    .map((one) => `${one.name}: ${one.points.map((point) => `${point.x} ${yFormat(point.y)}`).join(', ')}`)
    .join('. ');
  return text.length > 800 ? `${text.slice(0, 799)}…` : text;
}

export interface BarChart {
  readonly title: string;
  readonly bars: readonly {
    readonly label: string;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
    readonly verdict?: Verdict;
  }[];
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
  readonly format?: (value: number) => string;
  readonly width?: number;
}

/** Horizontal bars from zero, one row each, the value in a column of its own. */
export function barChart(chart: BarChart): string {
  const { bars, limits = [], format = formatNumber, width = 480 } = chart;
  const row = 26;
  const top = titleHeight + (limits.length === 0 ? 6 : 24);
  const height = top + Math.max(bars.length, 1) * row + 6;
  const values = bars
    .flatMap((bar) => [bar.value, bar.low ?? bar.value, bar.high ?? bar.value])
    .filter(Number.isFinite);
  if (values.length === 0) return emptyChart(chart.title, width);
  const labelWidth = Math.min(maxOf(bars.map((bar) => widthOf(bar.label))), width * 0.35);
  const valueWidth = maxOf(bars.map((bar) => widthOf(format(bar.value))));
  const all = [0, ...values, ...limits.map((limit) => limit.value)];
  const domain = [minOf(all), maxOf(all)] as const;
  const x = scaleOf(domain, [labelWidth + 12, Math.max(width - valueWidth - 16, labelWidth + 40)]);
  const rows = bars.map((bar, index) => {
    const y = top + index * row;
    const known = Number.isFinite(bar.value);
    const shown = known ? format(bar.value) : 'n/a';
    const { low = bar.value, high = bar.value } = bar;
    const tip = `${bar.label}: ${shown}${low === high ? '' : ` (${format(low)} to ${format(high)})`}${bar.verdict === undefined ? '' : `, ${bar.verdict}`}`;
    const whisker = known && Number.isFinite(low) && Number.isFinite(high) && low !== high;
    const middle = y + row / 2;
    return element(
      'g',
      {},
      `<title>${textOf(tip)}</title>`,
      element(
        'text',
        { x: labelWidth + 4, y: middle + 4, 'text-anchor': 'end' },
        textOf(shortenTo(bar.label, labelWidth)),
      ),
      known
        ? element('rect', {
            class: `bar ${bar.verdict ?? ''}`.trim(),
            x: Math.min(x(0), x(bar.value)),
            y: y + 5,
            width: Math.max(Math.abs(x(bar.value) - x(0)), 1),
            height: row - 10,
            rx: 2,
          })
        : '',
      whisker ? element('line', { class: 'whisker ink', x1: x(low), x2: x(high), y1: middle, y2: middle }) : '',
      element('text', { class: 'number', x: width - 4, y: middle + 4, 'text-anchor': 'end' }, textOf(shown)),
    );
  });
  return picture(
    { width, height },
    {
      title: chart.title,
      description: bars
        .map((bar) => `${bar.label} ${format(bar.value)}`)
        .join(', ')
        .slice(0, 800),
    },
    renderTitle(chart.title, width),
    element('line', { class: 'axis', x1: x(0), x2: x(0), y1: top, y2: height - 6 }),
    ...rows,
    ...renderBarLimits(limits, x, top, height, width),
  );
}

/** Limits over the rows, their labels on top; a label that would touch the one before it is only a tooltip. */
function renderBarLimits(
  limits: NonNullable<BarChart['limits']>,
  x: (value: number) => number,
  top: number,
  height: number,
  width: number,
): readonly string[] {
  let free = 0;
  return [...limits]
    .sort((a, b) => a.value - b.value)
    .map((limit) => {
      const half = widthOf(limit.label) / 2;
      const at = Math.min(Math.max(x(limit.value), half + 2), width - half - 2);
      const shown = at - half >= free;
      if (shown) free = at + half + 8;
      return element(
        'g',
        {},
        `<title>${textOf(limit.label)}</title>`,
        element('line', { class: 'limit', x1: x(limit.value), x2: x(limit.value), y1: top, y2: height - 6 }),
        shown
          ? element('text', { class: 'soft', x: at, y: titleHeight + 14, 'text-anchor': 'middle' }, textOf(limit.label))
          : '',
      );
    });
}

export interface StepStrip {
  readonly title: string;
  readonly steps: readonly {
    readonly label: string;
    readonly detail?: string;
    readonly state: 'done' | 'active' | 'waiting' | 'failed';
  }[];
  readonly width?: number;
}

const stepSigns = { done: '✓', active: '●', waiting: '○', failed: '✕' } as const;

/** The steps of a rollout in reading order, in as many rows as they need. */
export function stepStrip(strip: StepStrip): string {
  const { steps, width = 480 } = strip;
  if (steps.length === 0) return emptyChart(strip.title, width);
  const perRow = Math.min(steps.length, Math.max(1, Math.floor(width / 96)));
  const cell = width / perRow;
  const rowHeight = 52;
  const drawn = steps.map((step, index) => {
    const [x, y] = [(index % perRow) * cell, titleHeight + Math.floor(index / perRow) * rowHeight];
    const room = cell - 20;
    const tip = `${step.label}${step.detail === undefined ? '' : `: ${step.detail}`}, ${step.state}`;
    return element(
      'g',
      { class: `step ${step.state}` },
      `<title>${textOf(tip)}</title>`,
      element('rect', { x: x + 2, y: y + 2, width: cell - 6, height: rowHeight - 8, rx: 6 }),
      element(
        'text',
        { x: x + 11, y: y + (step.detail === undefined ? 29 : 21) },
        textOf(shortenTo(`${stepSigns[step.state]} ${step.label}`, room)),
      ),
      step.detail === undefined
        ? ''
        : element('text', { class: 'soft', x: x + 11, y: y + 37 }, textOf(shortenTo(step.detail, room))),
    );
  });
  const description = steps.map((step) => `${step.label} ${step.state}`).join(', ');
  return picture(
    { width, height: titleHeight + Math.ceil(steps.length / perRow) * rowHeight },
    { title: strip.title, description },
    renderTitle(strip.title, width),
    ...drawn,
  );
}

function emptyChart(title: string, width: number): string {
  return picture(
    { width, height: 64 },
    { title, description: 'no data' },
    renderTitle(title, width),
    element('text', { class: 'soft', x: 2, y: titleHeight + 22 }, 'no data'),
  );
}

function renderTitle(title: string, width: number): string {
  return element('text', { class: 'title', x: 2, y: 14 }, textOf(shortenTo(title, width * 0.9)));
}

/** Loops, because spreading a long list into Math.min overflows the stack. */
function minOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function maxOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}
