import type { Labels, ToldFamily } from './samples.ts';

/** The text format of Prometheus 0.0.4, for node_exporter's textfile collector. Pure. */
export function prometheusText(told: readonly ToldFamily[]): string {
  const lines: string[] = [];
  for (const { family, samples } of told) {
    lines.push(`# HELP ${family.name} ${escaped(family.help)}`, `# TYPE ${family.name} ${family.type}`);
    for (const { labels, value } of samples) lines.push(`${family.name}${braces(labels)} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replace(/"/g, '\\"')}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
