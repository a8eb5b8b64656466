/** Renders a directed graph as a mermaid flowchart whose labels cannot become markup. */

export interface MermaidNode {
  readonly id: string;
  /** Lines of text, untrusted. */
  readonly lines: readonly string[];
  /** `box` is the default. */
  readonly shape?: 'box' | 'round' | 'store' | 'flag' | undefined;
  /** Class of the styling below. */
  readonly tone?: 'pass' | 'fail' | 'inconclusive' | 'focus' | undefined;
}

const shapes = { box: ['[', ']'], round: ['([', '])'], store: ['[(', ')]'], flag: ['>', ']'] } as const;
const longest = 60;

/** A fenced block for GitHub; node ids are replaced by numbers, so any text may be an id. */
export function renderMermaid(
  nodes: readonly MermaidNode[],
  edges: readonly { readonly from: string; readonly to: string }[],
): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const lines = nodes.map(({ id, lines: text, shape, tone }) => {
    const [open, close] = shapes[shape ?? 'box'];
    const label = text.map(escapeMermaid).join('<br/>');
    return `  ${ids.get(id)}${open}"${label}"${close}${tone === undefined ? '' : `:::${tone}`}`;
  });
  const links = edges
    .filter(({ from, to }) => ids.has(from) && ids.has(to))
    .map(({ from, to }) => `  ${ids.get(from)} --> ${ids.get(to)}`);
  return ['```mermaid', 'flowchart LR', ...lines, ...links, ...styles, '```'].join('\n');
}

const styles = [
  '  classDef pass stroke:#1a7f37',
  '  classDef fail stroke:#cf222e',
  '  classDef inconclusive stroke:#9a6700',
  '  classDef focus stroke-width:3px',
];

/** Entity codes for all that mermaid or Markdown could read as syntax; mermaid writes them as `#35;`. */
export function escapeMermaid(text: string): string {
  const clean = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
  const cut = [...clean].length > longest ? `${[...clean].slice(0, longest - 1).join('')}…` : clean;
  return cut.replace(/[^\p{L}\p{N} .,:/@_=…-]/gu, (char) => `#${char.codePointAt(0)};`);
}
