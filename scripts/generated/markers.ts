/** Replaces the text between a pair of HTML comments in Markdown, so that hand-written and generated text share a file. */

/** Undefined when the file has no such markers. */
export function textBetween(markdown: string, name: string): string | undefined {
  return new RegExp(`<!-- ${name}:begin[^>]*-->\\n([\\s\\S]*?)\\n?<!-- ${name}:end -->`).exec(markdown)?.[1];
}

/** The file with new text between the markers; unchanged when it has none. */
export function replaceBetween(markdown: string, name: string, text: string): string {
  return markdown.replace(
    new RegExp(`(<!-- ${name}:begin[^>]*-->\\n)[\\s\\S]*?\\n?(<!-- ${name}:end -->)`),
    (_, begin: string, end: string) => `${begin}${text}\n${end}`,
  );
}
