/** One answer of the probe. */
export interface Section {
  readonly name: string;
  /** Which of the things asked for it is about; null where there is only one. */
  readonly index: number | null;
  readonly body: string;
}

/** Cuts the probe's output at its marks; text before the first (banners) is ignored. */
export function splitSections(output: string, nonce: string): readonly Section[] {
  return output
    .split(`\n@@${nonce} `)
    .slice(1)
    .map((part) => {
      const endOfHead = part.indexOf('\n');
      const [name = '', index] = (endOfHead < 0 ? part : part.slice(0, endOfHead)).split(' ');
      return {
        name,
        index: index === undefined ? null : Number(index),
        body: endOfHead < 0 ? '' : part.slice(endOfHead + 1),
      };
    });
}

/** The first answer of that name; empty when there is none. */
export function body(sections: readonly Section[], name: string): string {
  return sections.find((section) => section.name === name)?.body ?? '';
}

export function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
