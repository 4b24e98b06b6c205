/** Whether a topic is one that the filter asks for (MQTT 5 and 3.1.1, 4.7). Pure. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  // topics of the broker itself are not for filters that begin with a wildcard (4.7.2)
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [place, level] of wanted.entries()) {
    // also the level above it (4.7.1.2)
    if (level === '#') return place <= levels.length;
    if (place >= levels.length || (level !== '+' && level !== levels[place])) return false;
  }
  return wanted.length === levels.length;
}
