// Keeps one core busy for so many milliseconds, at most a day and an hour; then it ends by itself in any case.
const end = performance.now() + Math.min(Number(process.argv[2]) || 0, 90_000_000);
while (performance.now() < end);
