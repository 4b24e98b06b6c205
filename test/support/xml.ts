export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The elements of a small XML text, in order. @throws where it is not well-formed (XML 1.0, 2.1) */
export function tagsOf(xml: string): readonly Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  let roots = 0;
  for (const [part] of xml.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!part.startsWith('<')) {
      if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(part) || (open.length === 0 && part.trim() !== ''))
        throw new Error(part);
      continue;
    }
    if (/^<\?xml [^<>]*\?>$/.test(part) && roots === 0) continue;
    const closing = /^<\/([\w-]+)>$/.exec(part)?.[1];
    if (closing !== undefined) {
      if (open.pop() !== closing) throw new Error(`${part} closes nothing`);
      continue;
    }
    const [, name, inside, end] = /^<([\w-]+)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>$/.exec(part) ?? [];
    if (name === undefined) throw new Error(`${part} is no tag`);
    const attributes = [...(inside ?? '').matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
      key ?? '',
      value ?? '',
    ]);
    if (new Set(attributes.map(([key]) => key)).size < attributes.length) throw new Error(`${part} says a thing twice`);
    tags.push({ name, attributes: Object.fromEntries(attributes) });
    if (open.length === 0) roots += 1;
    if (end !== '/') open.push(name);
  }
  if (open.length > 0 || roots !== 1) throw new Error('the text ends too soon, or has not one root');
  return tags;
}
